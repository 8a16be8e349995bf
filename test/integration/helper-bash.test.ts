import assert from "node:assert/strict";
import { environmentOf, Jobs, type Registered } from "../support/jobs";

/** Takes the place of every program: writes down what it was called with, and becomes the program. */
const WITNESS = `
mkdir /tmp/bin
printf '#!/bin/sh\\necho "$0 $*" >>/tmp/programs\\nexec "/usr/bin/\${0##*/}" "$@"\\n' >/tmp/bin/.witness
chmod +x /tmp/bin/.witness
for program in /usr/bin/*; do ln -s .witness "/tmp/bin/\${program##*/}"; done
PATH=/tmp/bin:$PATH
`;

const CALLS = [
  "cronium_input",
  "cronium_output x",
  "cronium_get_variable k",
  "cronium_set_variable k '{}'",
  "cronium_variable_exists k",
  "cronium_increment_variable n",
  "cronium_append_variable s 'a b' ,",
  "cronium_delete_variable s",
  "cronium_set_condition on",
  "cronium_event",
  "cronium_event_field userId",
  "cronium_info",
  "cronium_execute_tool_action a b {}",
  "cronium_send_email a,b c d --cc e --html",
  "cronium_send_slack_message a b --icon-emoji c",
  "cronium_send_discord_message a b --embed {}",
];

describe("the bash helper in a script's hands", () => {
  let jobs: Jobs;
  let execution: Registered;
  before(async () => {
    jobs = await Jobs.open();
    execution = await jobs.register("a bash user", '{"n":41}');
  });
  after(() => jobs?.remove());

  // A program that stands for others is run from /tmp.
  const HostConfig = { Tmpfs: { "/tmp": "rw,exec,nosuid,nodev,size=100m,mode=1777" } };
  const bash = (script: string, ...args: string[]) =>
    jobs.runWithout("bash", ["bash", "-c", script, "script", ...args], environmentOf(execution), { HostConfig });
  const prints = async (script: string, ...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await bash(script, ...args);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    return stdout;
  };

  it("starts at most two programs a call, and shows the token to none, in no trace and no file", async () => {
    const script = `${WITNESS}
      for call; do
        : >/tmp/programs
        (set -x; CRONIUM_DEBUG=1; eval "$call") >/dev/null 2>>/tmp/traces
        mapfile -t programs </tmp/programs
        printf '%s: %s\\n' "\${#programs[@]}" "$call"
        cat /tmp/programs >>/tmp/all
      done
      cat /tmp/all /tmp/traces >&2
      find /tmp -newer /tmp/bin >&2`;
    const { stdout, stderr } = await bash(script, ...CALLS);
    const counted = stdout.trim().split("\n");
    assert.equal(counted.length, CALLS.length);
    assert.deepEqual(
      counted.filter((line) => !/^[12]: /.test(line)),
      [],
    );
    assert.match(stderr, /\/curl .*--config \/dev\/fd\/9/);
    assert.match(stderr, /cronium_input: GET input: 200/);
    assert.ok(!stderr.includes(execution.token), "the token is shown");
  });

  it("works whatever the script has set", async () => {
    const call = `cronium_set_variable "K*" "x  *"; [[ $(cronium_get_variable "K*") == "x  *" ]]
      cronium_get_variable no-such; echo b | while read -r l; do cronium_set_variable l "$l"; (cronium_get_variable l); done`;
    const states = [
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
      "CRONIUM_API=http://runtime-api:8081//",
      "unset BASH_ENV",
    ];
    const script = `for state; do bash -c "$state\n$0"; printf '%s\\036' $?; done`;
    const printed = await jobs.runWithout("bash", ["bash", "-c", script, call, ...states], environmentOf(execution));
    assert.equal(printed.stderr, "");
    const ends = printed.stdout.split("\x1e");
    for (const [at, state] of states.entries()) assert.equal(ends[at], "b\n0", state);
  });

  it("ends a script under set -e at an error, and nothing else", async () => {
    const { status, stdout, stderr } = await bash(`
      cronium_set_condition no-such || echo "went on with $?"
      if cronium_variable_exists no-such; then echo there; fi
      CRONIUM_API=nonsense cronium_variable_exists k || echo "unknown: $?"
      set -e
      cronium_get_variable ''
      echo not reached`);
    assert.deepEqual([status, stdout], [1, "went on with 1\nunknown: 2\n"]);
    assert.equal(stderr.split("\n").length, 4);
  });

  it("tells JSON from strings, argument by argument", async () => {
    const json = [" 5 ", "true ", "-0", "1E5", '"x"', ' {"a":[1,2.50]}\n', '"\\ud800"'];
    const strings = [
      "",
      " ",
      "-",
      "01",
      "+1",
      ".5",
      "1.",
      "nan",
      "[nan]",
      "[007]",
      "{",
      "{} {}",
      '"a\nb"',
      "nul",
      "\ufeff1",
      "$(id)",
    ];
    const script = `for value; do cronium_set_variable v "$value"; cronium_get_variable --json v; printf '\\036'; done`;
    const printed = (await prints(script, ...json, ...strings)).split("\n\x1e").slice(0, -1);
    const expected = [...json.map((text) => text.trim()), ...strings];
    for (const [at, text] of expected.entries()) {
      if (at < json.length) assert.equal(printed[at]?.trim(), text);
      else assert.equal(JSON.parse(printed[at] ?? ""), text);
    }
  });

  it("reads a value that is left out from standard input, whatever its size", async () => {
    const script = `
      printf 'x\\n\\n' | cronium_set_variable k; cronium_get_variable --json k
      printf '{"a":1}\\n' | cronium_set_variable k; cronium_get_variable k
      printf 'a\\0b' | cronium_output 2>&1 || echo refused
      cronium_set_variable k $'\\xff' 2>&1 || echo refused
      text=$(head -c 1000000 /dev/zero | tr '\\0' a)
      cronium_set_variable big "$text"; [[ $(cronium_get_variable big) == "$text" ]] && echo same
      printf %s "$text" | cronium_set_variable big2; [[ $(cronium_get_variable big2) == "$text" ]] && echo same`;
    const refused = (call: string) => `${call}: the value is not UTF-8 text\nrefused\n`;
    assert.equal(
      await prints(script),
      `"x\\n\\n"\n{"a":1}\n${refused("cronium_output")}${refused("cronium_set_variable")}same\nsame\n`,
    );
  });

  it("leaves its settings to the script, and takes the script's", async () => {
    const script = `set -u
      echo $CRONIUM_API $MAX_RETRIES $RETRY_DELAY $CRONIUM_EXEC_ID \${#CRONIUM_TOKEN}
      start=$SECONDS
      MAX_RETRIES=2 RETRY_DELAY=0 CRONIUM_API=http://127.0.0.1:9 cronium_input 2>&1
      ((SECONDS - start < 2)) && echo quick
      CRONIUM_EXECUTION_ID=$CRONIUM_EXECUTION_TOKEN CRONIUM_EXEC_ID= bash -c 'echo $CRONIUM_EXEC_ID'
      env -i PATH=$PATH BASH_ENV=$BASH_ENV bash -euc 'echo loaded'`;
    const { executionId, token } = execution;
    const lines = (await prints(script)).trim().split("\n");
    assert.equal(lines[0], `http://runtime-api:8081 3 1 ${executionId} ${token.length}`);
    assert.match(lines[1] ?? "", /cannot be reached \(GET input, attempt 2\)/);
    assert.deepEqual(lines.slice(2), ["quick", executionId, "loaded"]);
  });
});
