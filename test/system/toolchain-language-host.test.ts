import assert from "node:assert/strict";
import { execFileSync, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { findPulumi, type Toolchain } from "../../cli/toolchain";
import { root } from "../support/project";

/** The language host of toolchain/ under the real engine, with programs that use the official Node.js SDK. */
describe("toolchain: language host", () => {
  let folder: string;
  let toolchain: Toolchain;

  before(async () => {
    const before = process.env.CRONIUM_PULUMI;
    process.env.CRONIUM_PULUMI = "built";
    try {
      execFileSync(join(root, "cronium"), ["version"], { stdio: ["ignore", "ignore", "inherit"] });
      toolchain = (await findPulumi(root)) as Toolchain;
    } finally {
      if (before === undefined) delete process.env.CRONIUM_PULUMI;
      else process.env.CRONIUM_PULUMI = before;
    }
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cronium-host-"));
    mkdirSync(join(folder, "state"));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    write("Pulumi.yaml", "name: test\nruntime: nodejs\n");
    write("package.json", '{ "name": "test", "main": "index.ts" }');
    write("tsconfig.json", '{ "compilerOptions": { "module": "nodenext" }, "ts-node": { "transpileOnly": true } }');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  function environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PULUMI_HOME: toolchain.home,
      PULUMI_BACKEND_URL: pathToFileURL(join(folder, "state")).href,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  }

  function pulumi(...args: string[]): SpawnSyncReturns<string> {
    return spawnSync(toolchain.pulumi, [...args, "--non-interactive", "--color=never"], {
      cwd: folder,
      env: environment(),
      encoding: "utf8",
    });
  }

  function succeed(...args: string[]): string {
    const { status, stdout, stderr } = pulumi(...args);
    assert.equal(status, 0, `pulumi ${args.join(" ")}\n${stdout}\n${stderr}`);
    assert.doesNotMatch(`${stdout}${stderr}`, /warning/i);
    return stdout;
  }

  it("runs a TypeScript program with settings, secrets and plugins, without a warning", () => {
    write(
      "index.ts",
      `import { Config, getStack } from "@pulumi/pulumi";
       import { RandomString } from "@pulumi/random";
       const config = new Config();
       export const text = new RandomString("a", { length: config.requireNumber("length") }).result;
       export const secret = config.requireSecret("secret");
       export const stack: string = getStack();`,
    );
    succeed("stack", "init", "dev");
    succeed("config", "set", "length", "7");
    succeed("config", "set", "--secret", "secret", "hidden");
    succeed("up", "--yes", "--skip-preview");
    const outputs = JSON.parse(succeed("stack", "output", "--json"));
    assert.equal(outputs.text.length, 7);
    assert.equal(outputs.secret, "[secret]");
    assert.equal(outputs.stack, "dev");
    assert.match(succeed("preview", "--expect-no-changes"), /2 unchanged/);
    succeed("destroy", "--yes", "--skip-preview");
  });

  it("honours the runtime options nodeargs and typescript", () => {
    write(
      "Pulumi.yaml",
      "name: test\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n    nodeargs: --title='a b'\n",
    );
    write("package.json", '{ "name": "test", "main": "index.js" }');
    write(
      "index.js",
      "exports.title = process.title; exports.typescript = process.env.PULUMI_NODEJS_TYPESCRIPT ?? 'off';",
    );
    succeed("stack", "init", "dev");
    succeed("up", "--yes", "--skip-preview");
    const outputs = JSON.parse(succeed("stack", "output", "--json"));
    assert.deepEqual(outputs, { title: "a b", typescript: "off" });
  });

  it("reports an error of the program once", () => {
    write("index.ts", "throw new Error('broken on purpose');");
    succeed("stack", "init", "dev");
    const { status, stdout, stderr } = pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(status, 0);
    const told = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("Error: broken on purpose"));
    assert.equal(told.length, 1, `${stdout}${stderr}`);
    assert.doesNotMatch(`${stdout}${stderr}`, /non-zero exit code/);
  });

  it("names the status of a program that ends without a word", () => {
    write("index.ts", "process.exit(7);");
    succeed("stack", "init", "dev");
    const { status, stdout, stderr } = pulumi("preview");
    assert.notEqual(status, 0);
    assert.match(`${stdout}${stderr}`, /exit code: 7/);
  });

  it("runs a policy pack, which knows the stack", () => {
    write("index.ts", `new (require("@pulumi/random").RandomString)("a", { length: 3 });`);
    write("policy/PulumiPolicy.yaml", "runtime: nodejs\nmain: index.js\n");
    write("policy/package.json", '{ "name": "pack", "version": "1.0.0", "main": "index.js" }');
    write(
      "policy/index.js",
      `const { PolicyPack } = require("@pulumi/policy");
       new PolicyPack("pack", { policies: [{
         name: "short", description: "strings are long", enforcementLevel: "mandatory",
         validateResource: ({ type, props }, report) => {
           if (type.endsWith("RandomString") && props.length < 5)
             report(props.length + " is too short in " + process.env.PULUMI_NODEJS_STACK);
         },
       }] });`,
    );
    succeed("stack", "init", "dev");
    const { status, stdout, stderr } = pulumi("preview", "--policy-pack", "policy");
    assert.notEqual(status, 0);
    assert.match(`${stdout}${stderr}`, /3 is too short in dev/);
  });

  it("runs a provider that is written for Node.js", () => {
    write("Pulumi.yaml", "name: test\nruntime: nodejs\nplugins:\n  providers:\n    - name: own\n      path: own\n");
    write("own/PulumiPlugin.yaml", "runtime: nodejs\n");
    write("own/package.json", '{ "name": "own", "version": "0.0.1", "main": "index.js" }');
    write(
      "own/index.js",
      `require("@pulumi/pulumi/provider").main({
         version: "0.0.1",
         check: async (urn, olds, news) => ({ inputs: news }),
         create: async (urn, inputs) => ({ id: "made", outs: { ...inputs, answer: 42 } }),
       }, process.argv.slice(2));`,
    );
    write(
      "index.ts",
      `import { CustomResource } from "@pulumi/pulumi";
       class Thing extends CustomResource {
         declare answer: number;
         constructor(name: string) { super("own:index:Thing", name, { answer: undefined }); }
       }
       export const answer = new Thing("a").answer;`,
    );
    succeed("stack", "init", "dev");
    succeed("up", "--yes", "--skip-preview");
    assert.equal(JSON.parse(succeed("stack", "output", "--json")).answer, 42);
  });

  it("ends the program when Pulumi is interrupted", async () => {
    write(
      "index.ts",
      `require("node:fs").writeFileSync("pid", String(process.pid));
       setInterval(() => undefined, 1000);
       export const never = new Promise(() => undefined);`,
    );
    succeed("stack", "init", "dev");
    const child = spawn(toolchain.pulumi, ["preview", "--non-interactive"], {
      cwd: folder,
      env: environment(),
      stdio: "ignore",
    });
    const ended = once(child, "close");
    const pid = join(folder, "pid");
    while (!existsSync(pid) || readFileSync(pid, "utf8") === "") await delay(20);
    child.kill("SIGINT");
    const [status] = await ended;
    assert.notEqual(status, 0);
    while (existsSync(`/proc/${readFileSync(pid, "utf8")}/exe`)) await delay(20);
  });

  it("installs the packages with npm", () => {
    rmSync(join(folder, "node_modules"));
    mkdirSync(join(folder, "local"));
    write("local/package.json", '{ "name": "local", "version": "1.0.0" }');
    write("package.json", '{ "name": "test", "dependencies": { "local": "file:local" } }');
    succeed("install");
    assert.ok(existsSync(join(folder, "node_modules", "local", "package.json")));
  });
});
