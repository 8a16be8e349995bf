import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { resolveDockerHost } from "../../docker/host";
import { temporaryFolder } from "../support/engine";
import { inventory } from "../support/inventory";
import { copyProject, type Project } from "../support/project";
import { blocksUnder } from "../support/readme";
import { type Registry, startRegistry } from "../support/registry";

interface Outputs {
  imageRefs: Record<string, string>;
  imageDigests: Record<string, string>;
  imageContentDigests: Record<string, string>;
}

const IMAGES = ["base", "bash", "nodejs", "python", "runtime-api", "valkey"];

/** The README's way from staging to prod, on a real engine and a real registry, with a state of its own. */
describe("a promotion", () => {
  let project: Project;
  let registry: Registry;
  let state: ReturnType<typeof temporaryFolder>;
  let first: Outputs;

  const shell = (code: string) => {
    const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", code], {
      cwd: project.folder,
      maxBuffer: 1 << 28,
      env: {
        ...process.env,
        DOCKER_HOST: resolveDockerHost().host,
        PULUMI_BACKEND_URL: pathToFileURL(state.path).href,
        PULUMI_CONFIG_PASSPHRASE: "test",
        XDG_STATE_HOME: project.state,
      },
    });
    return { status, text: `${stdout}\n${stderr}`, stdout: stdout.toString() };
  };
  const ok = (code: string) => {
    const { status, text, stdout } = shell(code);
    assert.equal(status, 0, text);
    return stdout;
  };
  const outputs = (stack: string) => JSON.parse(ok(`./cronium stack output --json --stack ${stack}`)) as Outputs;
  const settings = () => readFileSync(join(project.folder, "Pulumi.prod.yaml"), "utf8");
  const commit = (message: string) =>
    ok(`git add -A && git -c user.name=t -c user.email=t@t.test commit -qm "${message}"`);
  /** What a registry was sent while something was done, by repository. */
  const pushed = (work: () => unknown) => {
    const before = registry.requests().length;
    work();
    const lines = registry.requests().slice(before);
    const sent = lines.flatMap(
      (line) => /^(?:PUT|POST|PATCH) \/v2\/(\S+?)\/(?:blobs|manifests)\//.exec(line)?.[1] ?? [],
    );
    return [...new Set(sent)].map((repository) => repository.slice(repository.lastIndexOf("/") + 1)).sort();
  };

  before(async () => {
    registry = await startRegistry();
    state = temporaryFolder();
    project = copyProject();
    for (const stack of ["staging", "prod"]) {
      const file = `Pulumi.${stack}.yaml`;
      const text = readFileSync(join(project.folder, file), "utf8");
      project.write(file, text.replace(`namespace: ${stack}`, `namespace: ${project.namespace}-${stack}`));
    }
    ok("git init -q");
    commit("start");
  });

  after(async () => {
    const { text } = shell(
      ["prod", "staging"]
        .map(
          (stack) =>
            `./cronium config set cronium:protect false --stack ${stack} && ./cronium state unprotect --all --yes --stack ${stack} && ./cronium destroy --yes --stack ${stack}`,
        )
        .join("; "),
    );
    project.remove();
    state.remove();
    await registry.remove();
    const left = (await inventory()).filter((line) => line.includes(project.namespace));
    assert.deepEqual(left, [], text);
  });

  it("is what the README says: staging pushed, prod runs the same digests, nothing is built or pushed again", () => {
    const [once, release] = blocksUnder("Environments") as [string, string];
    ok(once.replace("registry.example.com", registry.address));
    const [up, promote, upProd] = release.trim().split("\n") as [string, string, string];
    assert.deepEqual(
      pushed(() => ok(up)),
      IMAGES,
    );
    first = outputs("staging");
    for (const name of IMAGES) {
      const repository = `${registry.address}/team/${project.namespace}-staging/cronium/${name}`;
      assert.equal(first.imageRefs[name], `${repository}@${first.imageDigests[name]}`);
    }
    const told = ok(promote);
    for (const name of IMAGES) assert.match(told, new RegExp(`^${name} +none -> sha256:[0-9a-f]{12}$`, "m"));
    assert.match(settings(), /^# Runs what staging proved/);
    assert.deepEqual(
      pushed(() => ok(upProd)),
      [],
    );
    const { imageRefs, imageDigests, imageContentDigests } = outputs("prod");
    const same = [first.imageRefs, first.imageDigests, first.imageContentDigests];
    assert.deepEqual([imageRefs, imageDigests, imageContentDigests], same);
    for (const stack of ["staging", "prod"]) ok(`./cronium preview --refresh --expect-no-changes --stack ${stack}`);
    assert.match(ok(promote), /has the images of staging already/);
    commit("prod runs what staging proved");
  });

  it("changes the digest of what changed, and a git revert takes it back", () => {
    project.write(
      "images/bash/Dockerfile",
      `${readFileSync(join(project.folder, "images/bash/Dockerfile"), "utf8")}LABEL changed=yes\n`,
    );
    commit("a change of bash");
    assert.deepEqual(
      pushed(() => ok("./cronium up --yes --stack staging")),
      ["bash"],
    );
    assert.match(
      ok("./cronium promote staging prod"),
      /^bash +sha256:[0-9a-f]{12} -> sha256:[0-9a-f]{12}\nPulumi\.prod\.yaml is written/,
    );
    assert.match(ok("git diff --stat"), /1 file changed, 1 insertion\(\+\), 1 deletion\(-\)/);
    commit("prod takes the new bash");
    ok("./cronium up --yes --stack prod");
    const second = outputs("prod");
    assert.notEqual(second.imageDigests.bash, first.imageDigests.bash);
    assert.deepEqual({ ...second.imageRefs, bash: first.imageRefs.bash }, first.imageRefs);

    ok("git -c user.name=t -c user.email=t@t.test revert --no-edit HEAD");
    assert.deepEqual(
      pushed(() => ok("./cronium up --yes --stack prod")),
      [],
    );
    assert.deepEqual(outputs("prod").imageRefs, first.imageRefs);
  });

  it("is protected: destroy says how to lift that, and then does as it is told", () => {
    const { status, text } = shell("./cronium destroy --yes --stack prod");
    assert.notEqual(status, 0);
    assert.match(text, /cronium:protect/);
    ok("./cronium config set cronium:protect false --stack prod && ./cronium up --yes --stack prod");
    ok("./cronium destroy --yes --stack prod");
  });

  it("of what was not pushed, and of what the registry lost, is refused", async () => {
    const { imageDigests } = outputs("staging");
    await registry.forget(`team/${project.namespace}-staging/cronium/base`, imageDigests.base as string);
    const { status, text } = shell("./cronium promote staging prod");
    assert.notEqual(status, 0);
    assert.match(text, /the registry does not hold \S+ \(base\) any more: \.\/cronium up --refresh --stack staging/);
    assert.deepEqual(
      pushed(() => ok("./cronium up --refresh --yes --stack staging")),
      ["base"],
    );
    ok("./cronium config set cronium:images build --stack staging && ./cronium up --yes --stack staging");
    const unpushed = shell("./cronium promote staging prod");
    assert.match(unpushed.text, /stack staging did not push base, bash, .*set cronium:images to push there/);
  });
});
