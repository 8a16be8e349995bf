import assert from "node:assert/strict";
import type { Container } from "dockerode";
import { exec, healthy, type Ran, Sidecars } from "../support/runtime-api-container";

/** The images under test: the dev stack's, unless these name others. */
const IMAGE = process.env.CRONIUM_BASH_IMAGE || "cronium/bash:latest";
const NODE_IMAGE = process.env.CRONIUM_NODEJS_IMAGE || "cronium/nodejs:latest";

const INPUT = '{"n":41,"big":12345678901234567890,"rows":[{"a":"x y"},false,null]}';

/** A service that answers as the path's first word says, and counts the requests of each path. */
const FAULTY = `
const counts = {};
require("node:http").createServer((request, response) => {
  const count = (counts[request.url] = (counts[request.url] ?? 0) + 1);
  const answer = (status, body, headers) => response.writeHead(status, headers).end(body);
  const good = '{"data":{"value":1e400,"key":"k"},"success":true}\\n';
  switch (request.url.split("/")[1]) {
    case "counts": return answer(200, JSON.stringify(counts));
    case "flaky": return count < 3 ? answer(503, '{"error":"Service Unavailable","message":"away"}') : answer(200, good);
    case "limited": return count < 2 ? answer(429, "{}", { "retry-after": "2" }) : answer(200, good);
    case "cut": return count < 2 ? response.writeHead(200, { "content-length": 99 }).write("{", () => response.destroy()) : answer(200, good);
    case "page": return answer(404, "<html>no such page</html>");
    case "moved": return answer(302, "", { location: "http://localhost:9/" });
    case "refusing": return answer(403, '{"error":"Forbidden","message":"not yours"}');
    case "untrue": return answer(200, '{"success":false,"error":"no luck"}');
    case "slow": return setTimeout(() => answer(200, '{"success":true}'), 1500);
  }
}).listen(8081);`;

describe("images/bash: the helper", () => {
  let sidecars: Sidecars;
  let job: Container;
  let token: string;

  before(async () => {
    sidecars = await Sidecars.open();
    const network = await sidecars.network();
    const on = (alias: string) => ({
      HostConfig: { NetworkMode: network, NanoCpus: 2_000_000_000 },
      NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [alias] } } },
    });
    const sidecar = await sidecars.start({}, on("runtime-api"));
    await sidecars.start({}, { Image: NODE_IMAGE, Cmd: ["node", "-e", FAULTY], ...on("faulty") });
    await healthy(sidecar);
    const registered = await exec(sidecar, ["cronium-operator", "register"], `{"userId":"u","input":${INPUT}}\n`);
    assert.equal(registered.status, 0, registered.stderr);
    const { executionId, token: made } = JSON.parse(registered.stdout) as { executionId: string; token: string };
    token = made;
    const env = {
      CRONIUM_RUNTIME_API: "http://runtime-api:8081",
      CRONIUM_EXECUTION_TOKEN: token,
      CRONIUM_EXECUTION_ID: executionId,
    };
    job = await sidecars.start(env, { Image: IMAGE, Cmd: ["sleep", "infinity"], ...on("job") });
  });
  after(() => sidecars?.remove());

  const bash = (script: string, ...args: string[]): Promise<Ran> =>
    exec(job, ["bash", "-c", script, "script", ...args]);
  /** What a script prints that must end well and say nothing on standard error. */
  const prints = async (script: string, ...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await bash(script, ...args);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" }, script);
    return stdout;
  };
  const fails = async (script: string, expected: RegExp): Promise<void> => {
    const { status, stdout, stderr } = await bash(script);
    assert.equal(stdout, "");
    assert.match(stderr, expected);
    assert.equal(status, 1);
  };

  it("gives the input, the event and its fields", async () => {
    assert.equal(await prints("cronium_input"), `${INPUT}\n`);
    assert.equal(JSON.parse(await prints("cronium_event")).userId, "u");
    const fields = [
      "userId",
      "metadata.input.rows.0.a",
      "metadata.input.big",
      "metadata.input.rows.1",
      "metadata.input.rows.2",
      "metadata.input.rows.3",
      "no.such",
      "userId.x",
    ];
    const printed = await prints(
      'for f; do cronium_event_field "$f"; done; cronium_event_field --json userId',
      ...fields,
    );
    assert.equal(printed, 'u\nx y\n12345678901234567890\nfalse\nnull\n"u"\n');
  });

  it("gives values back as they went in: JSON as JSON, all else as strings", async () => {
    const json = [
      ...'12345678901234567890 1e400 -0 1.0 1E+5 0 false null [] {} "" "a" "\\u00e9\\\\" "\\\\u0000"'.split(" "),
      ...['{"a":1,"a":[1e-400," "]}', '"\\"\\\\\\""', '"a  b"', '"\\ud83d\\ude00"', '["\\ud800",{"\\"":"\\\\"}]'],
    ];
    const strings = [
      ...'01 +1 .5 1. nan NaN Infinity tru [1,] [1 {} {}x \'1\' "\\" "\\x" $(id) `id` .foo @/etc/passwd -n -e é😀'.split(
        " ",
      ),
      ...[
        "",
        " ",
        "a b",
        "a\nb",
        "\ttab",
        "1 2",
        "{} {}",
        '1,"value":2',
        "1}",
        "\ufeff1",
        "\u00a01",
        '"a\nb"',
        '"a',
        "[1 2]",
        "*",
      ],
    ].filter((text) => text !== "{}");
    const script = `for v; do cronium_set_variable k "$v" && cronium_get_variable --json k && printf '\\036'; done`;
    const back = (await prints(script, ...json, ...strings)).split("\n\x1e");
    const expected = [...json, ...strings.map((text) => JSON.stringify(text))];
    // A string's text is jq's: compared by what it says.
    assert.deepEqual(back.slice(0, json.length), json);
    assert.deepEqual(
      back.slice(json.length, -1).map((text) => JSON.parse(text)),
      strings,
    );
    assert.equal(back.length - 1, expected.length);
    const raw = `for v; do cronium_set_variable k "$v" && [[ $(cronium_get_variable k; printf x) == "$v"$'\\n'x ]] || printf '%s|' "$v"; done`;
    assert.equal(await prints(raw, ...strings), "");
    assert.equal(
      await prints(`cronium_set_variable k ' { "a b" : [ 1e400 ,\t"x  \\" y" ] } '; cronium_get_variable k`),
      '{"a b":[1e400,"x  \\" y"]}\n',
    );
  });

  it("refuses what bash or JSON cannot hold", async () => {
    await fails("cronium_set_variable k $'\\xff'", /^cronium_set_variable: the value is not UTF-8/);
    await fails("cronium_set_variable k $'\\xed\\xa0\\x80'", /not UTF-8/);
    await fails("printf 'a\\0b' | cronium_output -", /^cronium_output: .* NUL/);
    await fails(
      `cronium_set_variable k '"a\\u0000b"'; cronium_get_variable k`,
      /NUL, which bash cannot hold: use --json/,
    );
    await fails(`cronium_set_variable k '"\\ud800"'; cronium_get_variable k`, /half a surrogate pair/);
    await fails(`v=; for ((i = 0; i < 300; i++)); do v="[$v]"; done; cronium_output "$v"`, /nested deeper/);
  });

  it("takes any key", async () => {
    const keys = [..."a#b a?b a/b . .. ... %41 %2e ключ --json - \" ' \\ [1-3] {a,b} *".split(" "), "a b", "a\nb"];
    const script = `for k; do cronium_set_variable "$k" "of $k"; done; for k; do [[ $(cronium_get_variable "$k") == "of $k" ]] || echo "$k"; done`;
    assert.equal(await prints(script, ...keys), "");
    assert.equal(await prints("cronium_get_variable no-such; cronium_get_variable --json no-such"), "");
    await fails('cronium_get_variable ""', /must not be empty/);
  });

  it("passes values of megabytes on, from arguments and from standard input", async () => {
    const script = `
      numbers=[$(seq -s, 1 300000)]
      objects=$(seq 1 15000 | sed 's/.*/{"key &":"some \\\\"value\\\\" &","n":[&,null,"\\\\\\\\"]}/' | paste -sd, -)
      text=$(head -c 4000000 /dev/zero | tr '\\0' a)
      for v in "$numbers" "[$objects]" "$text"; do
        cronium_set_variable big "$v"
        [[ $(cronium_get_variable big) == "$v" ]] && echo same
        printf %s "$v" | cronium_set_variable big2 -
        [[ $(cronium_get_variable big2) == "$v" ]] && echo same
      done`;
    assert.equal(await prints(script), "same\n".repeat(6));
    assert.equal(
      await prints(`printf 'x\\n\\n' | cronium_set_variable k -; cronium_get_variable --json k`),
      '"x\\n\\n"\n',
    );
  });

  it("sets condition and output, and says how it is used", async () => {
    assert.equal(
      await prints(
        "for c in true false 1 0 yes no on off; do cronium_set_condition $c; done; cronium_output '{\"n\":42}'",
      ),
      "",
    );
    await fails("cronium_set_condition maybe", /^cronium_set_condition: usage: cronium_set_condition true\|/);
    for (const call of ["cronium_output", "cronium_set_variable k", "cronium_get_variable", "cronium_input x"]) {
      await fails(call, /^cronium_\w+: usage: cronium_\w+ /);
    }
  });

  it("works whatever the script has set", async () => {
    const call =
      'cronium_set_variable "K*" "x  *"; [[ $(cronium_get_variable "K*") == "x  *" ]]; cronium_get_variable no-such; (cronium_get_variable "K*")';
    for (const state of [
      "set -euo pipefail",
      "IFS=:; LC_ALL=C.UTF-8",
      "IFS=0123456789k; LANG=C",
      "set -a; set -o posix",
      "shopt -s failglob nullglob nocasematch extglob; set -f",
      "readonly status=1 body=2 key=3 value=4 IFS; set -u",
      "set -C; set -ETe; trap 'echo error' ERR; trap : DEBUG RETURN",
      "source /usr/local/bin/cronium.sh; source /usr/local/bin/cronium.sh",
      "export HOME=/tmp; echo 'url = http://localhost:1' >/tmp/.curlrc; echo 'bad(' >/tmp/.jq",
      "export http_proxy=http://localhost:1 ALL_PROXY=http://localhost:1; curl() { echo mine; }; jq() { echo mine; }",
      "export CRONIUM_EXECUTION_ID=$CRONIUM_EXECUTION_TOKEN; source /usr/local/bin/cronium.sh",
      "CRONIUM_API=http://runtime-api:8081//",
    ]) {
      assert.equal(await prints(`${state}\n${call}`), "x  *\n", state);
    }
    assert.equal(await prints("env -u BASH_ENV bash -c 'cronium_get_variable \"K*\"'"), "x  *\n");
    assert.equal(
      await prints(
        "printf 'a\\nb\\n' | while read -r l; do cronium_set_variable k \"$l\"; cronium_get_variable k; done",
      ),
      "a\nb\n",
    );
    const strict = await bash("set -e; cronium_set_condition no-such; echo reached");
    assert.deepEqual([strict.status, strict.stdout], [1, ""]);
  });

  it("loads without its environment; the first call says what is missing", async () => {
    const bare = (script: string) => `env -i PATH=$PATH BASH_ENV=$BASH_ENV bash -euc '${script}'`;
    assert.equal(await prints(bare("echo loaded")), "loaded\n");
    await fails(bare("cronium_input"), /^cronium_input: CRONIUM_EXECUTION_TOKEN is not set: .*Cronium job\n$/);
    await fails("CRONIUM_EXECUTION_TOKEN=$'a\\nb' bash -c cronium_input", /characters that no token has/);
    await fails("CRONIUM_RUNTIME_API=file:///etc/passwd bash -c cronium_input", /has to be http/);
    const names = "CRONIUM_API CRONIUM_TOKEN CRONIUM_EXEC_ID MAX_RETRIES RETRY_DELAY";
    assert.equal(
      await prints(
        `set -u; for n in ${names}; do [[ -n \${!n} ]] || echo $n; done; echo $CRONIUM_API $MAX_RETRIES $RETRY_DELAY`,
      ),
      "http://runtime-api:8081 3 1\n",
    );
    const asId = "export CRONIUM_EXECUTION_ID=$CRONIUM_EXECUTION_TOKEN; bash -c 'echo $CRONIUM_EXEC_ID'";
    assert.equal(await prints(asId), await prints("echo $CRONIUM_EXEC_ID"));
  });

  it("tries again what may come right, and only that", async () => {
    const faulty = (word: string, call = "cronium_get_variable k") =>
      bash(
        `start=\${EPOCHREALTIME/./}; CRONIUM_API=http://faulty:8081/${word}; ${call}; s=$?; echo "$(((\${EPOCHREALTIME/./} - start) / 1000))"; exit $s`,
      );
    const [flaky, limited, cut, page, moved, refusing, untrue, refused] = await Promise.all([
      faulty("flaky"),
      faulty("limited"),
      faulty("cut"),
      faulty("page"),
      faulty("moved"),
      faulty("refusing"),
      faulty("untrue"),
      bash("CRONIUM_API=http://localhost:9 cronium_input"),
    ]);
    const [value, milliseconds] = flaky.stdout.split("\n");
    assert.equal(Number(value), Number.POSITIVE_INFINITY); // 1e400, in the notation of a service with another order
    assert.ok(Number(milliseconds) > 2200 && Number(milliseconds) < 5500, milliseconds);
    assert.ok(Number(limited.stdout.split("\n")[1]) >= 2000);
    assert.deepEqual([limited.status, cut.status], [0, 0]);
    assert.match(page.stderr, /answered 404: <html>no such page/);
    assert.match(moved.stderr, /answered 302/);
    assert.match(refusing.stderr, /^cronium_get_variable: the runtime API answered 403: not yours\n$/);
    assert.match(untrue.stderr, /no luck/);
    assert.match(refused.stderr, /cannot be reached \(GET \/input, attempt 3\)/);
    for (const { status } of [page, moved, refusing, untrue, refused]) assert.equal(status, 1);
    const counted = await bash(
      "exec 3<>/dev/tcp/faulty/8081; printf 'GET /counts HTTP/1.0\\r\\n\\r\\n' >&3; tail -n 1 <&3",
    );
    const counts = Object.entries(JSON.parse(counted.stdout) as Record<string, number>);
    assert.deepEqual(Object.fromEntries(counts.map(([path, count]) => [path.split("/")[1], count])), {
      flaky: 3,
      limited: 2,
      cut: 2,
      page: 1,
      moved: 1,
      refusing: 1,
      untrue: 1,
      counts: 1,
    });
  });

  it("shows the token in no argument, trace or file", async () => {
    const script = `
      CRONIUM_DEBUG=1
      set -x
      cronium_input; cronium_set_variable k v
      CRONIUM_API=http://faulty:8081/refusing cronium_input
      export CRONIUM_API=http://faulty:8081/slow
      cronium_set_variable k v &
      set +x
      until arguments=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '); [[ $arguments == *" --max-time "* ]]; do :; done
      echo "$arguments"
      wait
      ls -AR /tmp`;
    const { stdout, stderr } = await bash(script);
    assert.match(stdout, / --max-time /);
    assert.match(stderr, /GET \/input: 200/);
    assert.ok(!`${stdout}${stderr}`.includes(token));
  });

  it("is healthy", async () => {
    assert.equal((await exec(job, ["/usr/local/bin/healthcheck.sh"])).stdout, "healthy\n");
    const { Config } = await sidecars.docker.getImage(IMAGE).inspect();
    assert.deepEqual(Config.Healthcheck?.Test, ["CMD", "/usr/local/bin/healthcheck.sh"]);
    assert.ok(Config.Env.includes("BASH_ENV=/usr/local/bin/cronium.sh"));
  });
});
