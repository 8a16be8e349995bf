import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import type { Container } from "dockerode";
import { SECRET, token } from "../support/runtime-api";
import { exec, healthy, IMAGE, logs, probed, Sidecars } from "../support/runtime-api-container";

interface Registered {
  executionId: string;
  token: string;
}

describe("runtime-api: the image", () => {
  let sidecars: Sidecars;
  beforeEach(async () => {
    sidecars = await Sidecars.open();
  });
  afterEach(() => sidecars.remove());

  const register = async (sidecar: Container, execution: object): Promise<Registered> => {
    const { status, stdout, stderr } = await exec(
      sidecar,
      ["cronium-operator", "register"],
      `${JSON.stringify(execution)}\n`,
    );
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Registered;
  };
  /** Calls the service from inside its container. */
  const call = async (
    sidecar: Container,
    method: string,
    path: string,
    bearer: string,
    body?: string,
  ): Promise<string> => {
    const script = `const [method, path, token, body] = process.argv.slice(1);
      fetch("http://localhost:8081" + path, { method, body, headers: { authorization: "Bearer " + token } })
        .then(async (answer) => console.log(answer.status + " " + (await answer.text())));`;
    const words = [method, path, bearer, ...(body === undefined ? [] : [body])];
    const { stdout, stderr } = await exec(sidecar, ["node", "-e", script, ...words]);
    assert.equal(stderr, "");
    return stdout.trimEnd();
  };

  it("is node's image and one small layer: no shell, no package manager, user 1000, tini as process 1", async () => {
    const { Config } = await sidecars.docker.getImage(IMAGE).inspect();
    assert.equal(Config.User, "1000:1000");
    assert.equal((Config.Entrypoint as string[])[0], "/usr/bin/tini");
    assert.deepEqual(Config.Healthcheck?.Test, ["CMD", "/usr/local/bin/healthcheck.js"]);
    const history = (await sidecars.docker.getImage(IMAGE).history()) as { CreatedBy: string; Size: number }[];
    assert.ok((history.find(({ CreatedBy }) => CreatedBy.includes("COPY"))?.Size ?? 0) < 4_000_000);
    const sidecar = await sidecars.start();
    const programs =
      "const { readdirSync } = require('fs'); console.log(['/usr/local/bin', '/usr/bin'].flatMap((f) => readdirSync(f)).sort().join())";
    const { stdout } = await exec(sidecar, ["node", "-e", programs]);
    assert.equal(stdout, "cronium-operator,healthcheck.js,node,runtime-api,tini,wget\n");
  });

  it("answers the orchestrator's probe, is healthy, and stops within its grace with status 0", async () => {
    const sidecar = await sidecars.start();
    assert.match(await probed(sidecar), /^{"status":"healthy","time":"[^"]+"}$/);
    assert.equal((await exec(sidecar, ["wget", "--spider", "http://localhost:8081/health"])).status, 0);
    assert.notEqual((await exec(sidecar, ["wget", "-q", "-O-", "http://localhost:8081/nope"])).status, 0);
    await healthy(sidecar);
    const start = performance.now();
    await sidecar.stop({ t: 5 });
    assert.ok(performance.now() - start < 4500);
    assert.equal((await sidecar.inspect()).State.ExitCode, 0);
    assert.match(await logs(sidecar), /"msg":"stopped"/);
  });

  it("is healthy on another port and with the secret in a file that is in no environment", async () => {
    const volume = await sidecars.volume();
    const writer = await sidecars.start(
      {},
      {
        Cmd: ["node", "-e", `fs.writeFileSync("/data/jwt-secret", ${JSON.stringify(`${SECRET}\n`)})`],
        HostConfig: { Mounts: [{ Type: "volume", Source: volume, Target: "/data" }] },
      },
    );
    await writer.wait();
    const sidecar = await sidecars.start(
      { PORT: "8089", JWT_SECRET: "", JWT_SECRET_FILE: "/run/secrets/cronium/jwt-secret" },
      { HostConfig: { Mounts: [{ Type: "volume", Source: volume, Target: "/run/secrets/cronium", ReadOnly: true }] } },
    );
    await probed(sidecar, 8089);
    assert.equal((await exec(sidecar, ["healthcheck.js"])).stdout, "healthy\n");
  });

  it("serves jobs of its network by both aliases, and the operator by exec alone", async () => {
    const network = await sidecars.network();
    const endpoint = { EndpointsConfig: { [network]: { Aliases: ["runtime-api", "runtime"] } } };
    const sidecar = await sidecars.start({}, { NetworkingConfig: endpoint, HostConfig: { NetworkMode: network } });
    await probed(sidecar);
    const { executionId, token: bearer } = await register(sidecar, { userId: "u", input: { n: 41 }, ttlSeconds: 60 });
    const job = await sidecars.start(
      {},
      { Cmd: ["node", "-e", "setInterval(() => {}, 1000)"], HostConfig: { NetworkMode: network } },
    );
    const script = `(async () => {
      const headers = { authorization: "Bearer " + process.argv[2] };
      const path = "/executions/" + process.argv[1];
      console.log(await (await fetch("http://runtime-api:8081" + path + "/input", { headers })).text());
      console.log(await (await fetch("http://runtime:8081" + path + "/output", { method: "POST", headers, body: '{"data":-0}' })).text());
      console.log((await fetch("http://runtime:8081/executions", { method: "POST", body: '{"userId":"u"}' })).status);
    })()`;
    const { stdout, stderr } = await exec(job, ["node", "-e", script, executionId, bearer]);
    assert.equal(stdout, '{"success":true,"data":{"n":41}}\n{"success":true}\n401\n', stderr);
    const shown = await exec(sidecar, ["cronium-operator", "show", executionId]);
    assert.ok(shown.stdout.endsWith('"input":{"n":41},"output":-0,"condition":null,"variables":{}}\n'), shown.stdout);
    assert.equal((await exec(sidecar, ["cronium-operator", "expire", executionId])).status, 0);
    assert.match(await call(sidecar, "GET", `/executions/${executionId}/input`, bearer), /^401 /);
    assert.ok(!(await logs(sidecar)).includes(bearer));
  });

  it("keeps variables on a volume when the container is made anew", async () => {
    const data = {
      HostConfig: { Mounts: [{ Type: "volume" as const, Source: await sidecars.volume(), Target: "/data" }] },
    };
    const first = await sidecars.start({ DATA_DIR: "/data" }, data);
    await probed(first);
    assert.match(await call(first, "PUT", "/executions/exec-1/variables/k", token(), '{"value":1e400}'), /^200 /);
    await first.remove({ force: true });
    const second = await sidecars.start({ DATA_DIR: "/data" }, data);
    await probed(second);
    assert.equal(
      await call(second, "GET", "/executions/exec-1/variables/k", token()),
      '200 {"success":true,"data":{"key":"k","value":1e400}}',
    );
  });

  it("is backed up and restored as the README says: a tar of /data, into a volume that nothing uses", async () => {
    const mounted = (source: string) => ({
      HostConfig: { Mounts: [{ Type: "volume" as const, Source: source, Target: "/data" }] },
    });
    const first = await sidecars.start({ DATA_DIR: "/data" }, mounted(await sidecars.volume()));
    await probed(first);
    assert.match(await call(first, "PUT", "/executions/exec-1/variables/k", token(), '{"value":"kept"}'), /^200 /);
    await first.stop();
    const backup = await buffer(await first.getArchive({ path: "/data" }));

    const restored = await sidecars.volume();
    const carrier = await sidecars.create(
      {},
      { HostConfig: { ...mounted(restored).HostConfig, ReadonlyRootfs: false } },
    );
    await carrier.putArchive(backup, { path: "/" });
    await carrier.remove();
    const second = await sidecars.start({ DATA_DIR: "/data" }, mounted(restored));
    await probed(second);
    const put = await call(second, "PUT", "/executions/exec-1/variables/other", token(), '{"value":1}');
    assert.equal(put, '200 {"success":true}');
    assert.match(await call(second, "GET", "/executions/exec-1/variables/k", token()), /"value":"kept"/);
  });

  it("answers 503 on a full disk, loses nothing it acknowledged, and stays alive", async () => {
    const tmpfs = "rw,size=1m,mode=0700,uid=1000,gid=1000";
    const sidecar = await sidecars.start(
      { DATA_DIR: "/data", RATE_LIMIT_PER_MIN: "100000" },
      { HostConfig: { Tmpfs: { "/tmp": "rw,mode=1777", "/data": tmpfs } } },
    );
    await probed(sidecar);
    const script = `(async () => {
      const headers = { authorization: "Bearer " + process.argv[1] };
      const url = (key) => "http://localhost:8081/executions/exec-1/variables/" + key;
      const put = (key, size) => fetch(url(key), { method: "PUT", headers, body: JSON.stringify({ value: "x".repeat(size) }) });
      let kept = 0, answer;
      while ((answer = await put("k" + kept, 50_000)).status === 200) kept++;
      console.log(answer.status, answer.headers.get("retry-after"), kept > 3);
      for (let key = 0; key < kept; key++) if ((await (await fetch(url("k" + key), { headers })).json()).data.value.length !== 50_000) console.log("lost", key);
      console.log((await put("k0", 1)).status, (await fetch("http://localhost:8081/health")).status);
    })()`;
    const { stdout, stderr } = await exec(sidecar, ["node", "-e", script, token()]);
    const [full, end, ...lost] = stdout.trimEnd().split("\n");
    assert.equal(full, "503 1 true", stderr);
    assert.match(end ?? "", /^(200|503) 200$/);
    assert.deepEqual(lost, []);
    assert.match(await logs(sidecar), /"reason":"database or disk is full"/);
  });

  it("lives within its memory with many large bodies at once, and with answers that nobody reads", async () => {
    const network = await sidecars.network();
    const endpoint = { EndpointsConfig: { [network]: { Aliases: ["runtime-api"] } } };
    const sidecar = await sidecars.start({}, { NetworkingConfig: endpoint, HostConfig: { NetworkMode: network } });
    await probed(sidecar);
    const job = await sidecars.start(
      {},
      { Cmd: ["node", "-e", "setInterval(() => {}, 1000)"], HostConfig: { NetworkMode: network } },
    );
    const script = `const { request } = require("http"), { connect } = require("net");
      const [token] = process.argv.slice(1), path = "/executions/exec-1/variables/large";
      const body = Buffer.from('{"value":"' + "x".repeat(15_000_000) + '"}');
      const put = () => new Promise((resolve) => {
        const sent = request({ host: "runtime-api", port: 8081, method: "PUT", path, headers: { authorization: "Bearer " + token } },
          (answer) => answer.resume().on("end", () => resolve(answer.statusCode)));
        sent.on("error", (error) => resolve(error.code));
        sent.end(body);
      });
      (async () => {
        const statuses = await Promise.all(Array.from({ length: 12 }, put));
        console.log([...new Set(statuses)].filter((status) => status !== 503).join());
        const sockets = Array.from({ length: 40 }, () => connect(8081, "runtime-api").on("error", () => {}));
        for (const socket of sockets) socket.pause().write("GET " + path + " HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer " + token + "\\r\\n\\r\\n");
        for (let done = false; !done; ) {
          const answer = await fetch("http://runtime-api:8081" + path, { headers: { authorization: "Bearer " + token } });
          done = answer.status === 429;
          await answer.text();
        }
        console.log((await fetch("http://runtime-api:8081/health")).status);
        process.exit();
      })()`;
    const { stdout, stderr } = await exec(job, ["node", "-e", script, token()]);
    const { State } = await sidecar.inspect();
    assert.deepEqual([State.Running, State.OOMKilled], [true, false], await logs(sidecar));
    assert.equal(stdout, "200\n200\n", stderr);
  });

  it("ends with status 1 and one line that names the setting when it cannot start", async () => {
    for (const [env, message] of [
      [{ JWT_SECRET: "short" }, /^runtime-api: JWT_SECRET has 5 bytes/],
      [{ PORT: "eighty" }, /^runtime-api: PORT is "eighty"/],
      [{ REPLICAS: "2" }, /^runtime-api: REPLICAS is 2, but each keeps its own data/],
      [{ DATA_DIR: "/app" }, /^runtime-api: DATA_DIR is "\/app", which cannot be used \(EROFS\)/],
    ] as [Record<string, string>, RegExp][]) {
      const sidecar = await sidecars.start(env);
      await sidecar.wait();
      assert.equal((await sidecar.inspect()).State.ExitCode, 1);
      assert.match(await logs(sidecar), message);
    }
  });

  it("writes to /tmp and /data only", async () => {
    const sidecar = await sidecars.start({ DATA_DIR: "/data" }, { HostConfig: { ReadonlyRootfs: false, Tmpfs: {} } });
    await probed(sidecar);
    await register(sidecar, { userId: "u" });
    const changes = ((await sidecar.changes()) ?? []) as { Path: string }[];
    const outside = changes.map(({ Path }) => Path).filter((path) => !/^\/(tmp|data)(\/|$)/.test(path));
    assert.deepEqual(outside, []);
  });
});
