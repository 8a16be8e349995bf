import assert from "node:assert/strict";
import { rootCertificates } from "node:tls";
import { buildkitType, loadMessages } from "../../docker/buildkit";
import { machineSecrets, proxyArgs, withoutCredentials } from "../../docker/machine";
import { BuildProgress } from "../../docker/progress";
import { temporaryFolder } from "../support/engine";

describe("a build's progress", () => {
  before(loadMessages);
  const aux = (status: object) => Buffer.from(buildkitType("Status").encode(status).finish()).toString("base64");
  const step = { digest: "1", name: "[2/2] RUN one &&     two", started: { seconds: 1 } };
  const log = (text: string) => ({ vertex: "1", msg: Buffer.from(text) });

  it("passes on steps once and their output as lines", () => {
    const lines: string[] = [];
    const progress = new BuildProgress((line) => lines.push(line));
    progress.report(
      aux({
        vertexes: [
          { digest: "0", name: "[internal] load", started: {} },
          { digest: "1", name: "later" },
        ],
      }),
    );
    progress.report(aux({ vertexes: [step], logs: [log("a\r\n\nb")] }));
    progress.report(
      aux({
        vertexes: [
          { ...step, completed: { seconds: 2 } },
          { ...step, digest: "2", cached: true },
        ],
      }),
    );
    assert.deepEqual(lines, ["[2/2] RUN one && two", "a", "b", "[2/2] RUN one && two (cached)"]);
  });

  it("explains a failure by the step's command and its last lines, without credentials", () => {
    const progress = new BuildProgress();
    const output = Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n");
    progress.report(
      aux({ vertexes: [{ ...step, error: "x" }], logs: [log(output), log("get http://me:pw@mirror/x")] }),
    );
    const { message } = progress.failure('process "/bin/sh" did not complete successfully: exit code: 7');
    const [first, command, ...tail] = message.split("\n");
    assert.equal(first, "build failed, exit code: 7, in step");
    assert.equal(command, `  ${step.name}`);
    assert.equal(tail.length, 20);
    assert.equal(tail.at(-1), "    get http://[secret]@mirror/x");
  });

  it("names the step that failed, not those that were cancelled beside it", () => {
    const progress = new BuildProgress();
    const reason = 'process "/bin/sh -c false" did not complete successfully: exit code: 3';
    progress.report(
      aux({
        vertexes: [
          { digest: "1", name: "[a 1/1] RUN sleep 9", error: "context canceled" },
          {
            digest: "2",
            name: "[b 1/1] RUN sleep 8",
            error: 'process "/bin/sh -c sleep 8" did not complete: exit code: 137',
          },
          { digest: "3", name: "[c 1/1] RUN false", error: reason },
        ],
        logs: [{ vertex: "3", msg: Buffer.from("nope") }],
      }),
    );
    const { message } = progress.failure(`failed to solve: ${reason}`);
    assert.equal(message, "build failed, exit code: 3, in step\n  [c 1/1] RUN false\n    nope");
  });

  it("names a full disk as such, and leaves out BuildKit's own words", () => {
    const progress = new BuildProgress();
    assert.match(progress.failure("write /x: no space left on device").message, /disk is full/);
    const reason = "failed to solve with frontend dockerfile.v0: failed to create LLB definition: parse error line 2";
    assert.equal(progress.failure(reason).message, "build failed: parse error line 2");
  });
});

describe("the machine's configuration", () => {
  it("is a quoted env file and a bundle of authorities", async () => {
    const [one, two, three] = rootCertificates as [string, string, string];
    const files = {
      "ca.pem": `a comment\n${one}\n`,
      "node.pem": one,
      "extra.pem": `${two}\n${three}\n`,
      "bad.pem": "PEM",
    };
    const folder = temporaryFolder(files);
    const saved = { ...process.env };
    Object.assign(process.env, {
      SSL_CERT_FILE: `${folder.path}/ca.pem`,
      NODE_EXTRA_CA_CERTS: `${folder.path}/node.pem`,
      NPM_CONFIG_REGISTRY: "http://it's/",
      HTTP_PROXY: "http://p",
    });
    try {
      const { ca, machine } = await machineSecrets();
      assert.equal(ca, `${one}\n`);
      assert.equal((await machineSecrets(`${folder.path}/extra.pem`)).ca, `${one}\n${two}\n${three}\n`);
      await assert.rejects(
        machineSecrets(`${folder.path}/none.pem`),
        /^Error: there is no file ".*none.pem": set .*extraCa/,
      );
      await assert.rejects(
        machineSecrets(`${folder.path}/bad.pem`),
        /bad.pem" cannot be used \(it has no certificate\): set/,
      );
      assert.match(machine as string, /^NPM_REGISTRY='http:\/\/it'\\''s\/'$/m);
      assert.equal(proxyArgs().HTTP_PROXY, "http://p");
    } finally {
      for (const name of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "NPM_CONFIG_REGISTRY", "HTTP_PROXY"]) {
        if (saved[name] === undefined) delete process.env[name];
        else process.env[name] = saved[name];
      }
      folder.remove();
    }
  });

  it("keeps passwords of URLs out of what is shown", () => {
    assert.equal(withoutCredentials("a https://u:p@h/x b http://h@y"), "a https://[secret]@h/x b http://[secret]@y");
  });
});
