import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { copyProject, type Project, root } from "../support/project";

/** A stack of somebody else: nothing of Cronium's is in it but the pack. */
const PROGRAM = `
const docker = require("@pulumi/docker");
const pulumi = require("@pulumi/pulumi");
const random = require("@pulumi/random");
const { name, image, ...given } = require("./given.json");
const jobs = new docker.Network("jobs", {
  name: name + "-jobs",
  internal: true,
  options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
});
const notKnown = new random.RandomString("image", { length: 8, special: false }).result;
new docker.Container("web", {
  name: name + "-web",
  image: image ?? notKnown,
  user: "1000:1000",
  readOnly: true,
  memory: 64,
  memorySwap: 64,
  cpus: "0.5",
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges"],
  logOpts: { "max-file": "3", "max-size": "10m" },
  healthcheck: { tests: ["CMD", "true"] },
  restart: "unless-stopped",
  networksAdvanced: [{ name: jobs.name }],
  envs: ["MODE=fast", pulumi.secret("DB_PASSWORD=correct horse")],
  ...given,
});
`;
const IMAGE = `busybox@sha256:${"1f".repeat(32)}`;

describe("the policy pack, in a stack of its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "cronium-policy-"));
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: pathToFileURL(folder).href,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_OPTION_NON_INTERACTIVE: "true",
  };
  delete (env as NodeJS.ProcessEnv).PULUMI_STACK;

  const pulumi = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(join(root, "cronium"), ["pulumi", ...args], { cwd: folder, env });
    return { status, text: `${stdout}${stderr}` };
  };
  const pack = ["--policy-pack", join(root, "policy")];

  const name = `test-${randomBytes(4).toString("hex")}`;
  const given = (inputs: object) => writeFileSync(join(folder, "given.json"), JSON.stringify({ name, ...inputs }));

  before(() => {
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      "name: web\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
    );
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "web", main: "index.js" }));
    writeFileSync(join(folder, "index.js"), PROGRAM);
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    assert.equal(pulumi("stack", "init", "staging").status, 0);
  });

  after(() => {
    pulumi("destroy", "--yes");
    rmSync(folder, { recursive: true, force: true });
  });

  it("passes one that keeps the rules, without a warning", () => {
    given({ image: IMAGE });
    const { status, text } = pulumi("preview", ...pack);
    assert.equal(status, 0, text);
    assert.match(text, /✅ docker-hardening@v0\.1\.0/);
    assert.doesNotMatch(text, /warning|DEP0|\[advisory\]/i);
  });

  it("blocks one that does not, and says which rule, where and what to do", () => {
    given({ image: IMAGE, privileged: true, envs: ["DB_PASSWORD=correct horse"], memorySwap: 128 });
    const { status, text } = pulumi("preview", ...pack);
    assert.notEqual(status, 0, text);
    assert.deepEqual(violations(text), [
      "[mandatory] [severity: critical]  container-not-privileged  (docker:index:Container: web)",
      "No container is privileged.",
      "privileged is true: leave privileged out and add the one capability that is needed (CIS 5.5)",
      "[mandatory] [severity: critical]  no-plain-secret-env  (docker:index:Container: web)",
      "No variable that is named like a secret has a value that is no Pulumi secret.",
      "envs.DB_PASSWORD is in plain text: hand the secret over as a file, or make the value a secret: it stands in the state and in previews in plain text (NIST 4.1.4)",
      "[mandatory] [severity: low]  no-swap  (docker:index:Container: web)",
      "No container with a memory limit swaps.",
      "memorySwap is 128, memory 64: set memorySwap to the same number as memory (CIS 5.11)",
    ]);
    assert.doesNotMatch(text, /correct horse/);
  });

  it("takes levels and exceptions from a configuration", () => {
    const config = join(folder, "config.json");
    const exception = { resource: "web", reason: "until the driver is replaced" };
    const settings = {
      "container-not-privileged": { exceptions: [{ ...exception, until: "2999-12-31" }] },
      "no-host-pid": { exceptions: [{ ...exception, until: "2001-12-31" }] },
      "no-swap": "disabled",
    };
    writeFileSync(config, JSON.stringify(settings));
    given({ image: IMAGE, privileged: true, pidMode: "host", memorySwap: 128 });
    const { status, text } = pulumi("preview", ...pack, "--policy-pack-config", config);
    assert.notEqual(status, 0, text);
    assert.deepEqual(violations(text), [
      "[mandatory] [severity: critical]  no-host-pid  (docker:index:Container: web)",
      "No container sees the host's processes.",
      'pidMode is "host": leave pidMode out (CIS 5.16); the exception for it (until the driver is replaced) ended on 2001-12-31',
    ]);
  });

  it("says in a preview what is checked at up, where it stops before the container is made", () => {
    given({});
    const preview = pulumi("preview", ...pack);
    assert.equal(preview.status, 0, preview.text);
    assert.match(preview.text, /\[advisory\] .*image-pinned .*\n.*image is not known yet; checked at up/);
    const up = pulumi("up", "--yes", "--skip-preview", ...pack);
    assert.notEqual(up.status, 0, up.text);
    assert.match(up.text, /\[mandatory\] .*image-pinned .*\n.*\n *image is "\w{8}": use the image's id, a digest/);
    assert.doesNotMatch(up.text, /Container web created/);
  });
});

describe("./cronium preview", () => {
  let project: Project;
  before(() => {
    project = copyProject();
  });
  after(() => project.remove());

  it("checks the stack against the policy pack, which passes it", () => {
    const { status, stdout, stderr } = project.cronium("preview");
    assert.equal(status, 0, stderr);
    const said = violations(stdout);
    assert.ok(said.length > 0);
    for (const [i, line] of said.entries()) assert.match(line, i % 2 ? /checked at up$/ : /^\[advisory\]/);
  });

  it("leaves it to the user who names a pack", () => {
    project.write("own/PulumiPolicy.yaml", "runtime: nodejs\n");
    project.write("own/package.json", JSON.stringify({ name: "own", version: "1.0.0" }));
    project.write("own/index.js", 'new (require("@pulumi/policy").PolicyPack)("own", { policies: [] });\n');
    const { stdout } = project.succeed("preview", "--policy-pack", "own");
    assert.match(stdout, /own@v1\.0\.0/);
    assert.doesNotMatch(stdout, /docker-hardening/);
  });
});

/** The lines under "Policies:", but for the pack's own. */
function violations(text: string): string[] {
  const lines = text.split("\n");
  const from = lines.indexOf("Policies:");
  const to = lines.indexOf("", from);
  return lines.slice(from + 2, to).map((line) => line.trim().replace(/^- /, ""));
}
