import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Environments, sharedEnvironments } from "../support/environments";
import { root } from "../support/project";
import { blocksUnder } from "../support/readme";

interface Outputs {
  imageRefs: Record<string, string>;
  imageDigests: Record<string, string>;
  imageContentDigests: Record<string, string>;
}

interface Deployment {
  resources: { urn: string; outputs?: { layers?: { digest: string }[] } }[];
}

const IMAGES = ["base", "bash", "nodejs", "python", "runtime-api", "valkey"];
const HELPER = "images/bash/helper/cronium.sh";

/** What a pull request changes, whether its images are built, and whether its preview is allowed. Its comment is test/fixtures/day/<key>.md. */
const PULL_REQUESTS: Record<string, { change: (day: Environments) => void; built?: true; blocked?: true }> = {
  helper: { change: (day) => day.write(HELPER, `${day.read(HELPER)}# changed\n`) },
  curl: {
    change: (day) =>
      day.write(
        "images/python/contents.list",
        `${day.read("images/python/contents.list")}package curl\ninstall curl\n`,
      ),
    built: true,
  },
  privileged: {
    change: (day) =>
      replace(day, "components/runtimeApi.ts", "readOnly: true,", "readOnly: true,\n        privileged: true,"),
    blocked: true,
  },
  "open-network": {
    change: (day) => replace(day, "components/runtimeNetwork.ts", "internal: true,", "internal: false,"),
    blocked: true,
  },
  nothing: { change: (day) => day.write("README.md", `${day.read("README.md")}\nA word more.\n`) },
};

/** The README's way from a pull request to prod and back, on a real engine and a real registry, with a state of its own. */
describe("a day", () => {
  let day: Environments;
  let first: Outputs;
  let promote: string;

  before(async () => {
    day = await sharedEnvironments();
  });
  after(() => day?.remove());

  /** The layers of an image of staging, from the lowest up. */
  const layersOf = (name: string) => {
    const { deployment } = JSON.parse(day.ok("./cronium stack export --stack staging")) as { deployment: Deployment };
    const image = deployment.resources.find(({ urn }) => urn.endsWith(`cronium:index:Image::${name}`));
    return image?.outputs?.layers?.map(({ digest }) => digest) ?? [];
  };

  it("begins as the README says: staging pushed, prod runs the same digests, nothing is built or pushed again", () => {
    const [once, release] = blocksUnder("Environments") as [string, string];
    day.ok(once.replace("registry.example.com", day.registry.address));
    const [up, promotes, upProd] = release.trim().split("\n") as [string, string, string];
    promote = promotes;
    const sent = day.pushed(() => day.ok(up));
    assert.deepEqual(sent, IMAGES);
    first = day.outputs<Outputs>("staging");
    for (const name of IMAGES) {
      const repository = `${day.registry.address}/${day.repositories}/${name}`;
      assert.equal(first.imageRefs[name], `${repository}@${first.imageDigests[name]}`);
    }
    const told = day.ok(promote);
    for (const name of IMAGES) assert.match(told, new RegExp(`^${name} +none -> sha256:[0-9a-f]{12}$`, "m"));
    assert.match(day.read("Pulumi.prod.yaml"), /^# Runs what staging proved/);
    const again = day.pushed(() => day.ok(upProd));
    assert.deepEqual(again, []);
    const { imageRefs, imageDigests, imageContentDigests } = day.outputs<Outputs>("prod");
    const same = [first.imageRefs, first.imageDigests, first.imageContentDigests];
    assert.deepEqual([imageRefs, imageDigests, imageContentDigests], same);
    for (const stack of ["staging", "prod"]) day.ok(`./cronium preview --refresh --expect-no-changes --stack ${stack}`);
    assert.match(day.ok(promote), /has the images of staging already/);
    day.commit("prod runs what staging proved");
  });

  for (const [name, { change, built, blocked }] of Object.entries(PULL_REQUESTS)) {
    it(`has a pull request: ${name}`, () => {
      change(day);
      try {
        const report = `${name}-report`;
        const flags = `--stack staging --report ${report}${built ? "" : " --no-build"}`;
        const { status, text } = day.shell(`./cronium ci preview ${flags}`);
        assert.equal(status === 0, !blocked, text);
        const comment = day.plain(day.ok(`./cronium ci comment --print ${report}`));
        assert.equal(comment, readFileSync(join(root, "test/fixtures/day", `${name}.md`), "utf8"));
      } finally {
        day.ok("git checkout -q . && rm -rf ./*-report");
      }
    });
  }

  it("merges the helper: staging pushes bash alone, prod takes it by digest, and a git revert takes it back", () => {
    PULL_REQUESTS.helper?.change(day);
    day.commit("bash: a change of the helper");
    const before = layersOf("bash");
    const sent = day.pushed(() => day.ok("./cronium up --yes --stack staging"));
    assert.deepEqual(sent, ["bash"]);
    const after = layersOf("bash");
    assert.deepEqual(after.slice(0, -1), before.slice(0, -1), "one layer is another one, the last");
    assert.notEqual(after.at(-1), before.at(-1));
    assert.match(day.ok(promote), /^bash +sha256:[0-9a-f]{12} -> sha256:[0-9a-f]{12}\nPulumi\.prod\.yaml is written/);
    assert.match(day.ok("git diff --stat"), /1 file changed, 1 insertion\(\+\), 1 deletion\(-\)/);
    day.commit("prod takes the new bash");
    day.ok("./cronium up --yes --stack prod");
    const second = day.outputs<Outputs>("prod");
    assert.notEqual(second.imageDigests.bash, first.imageDigests.bash);
    assert.deepEqual({ ...second.imageRefs, bash: first.imageRefs.bash }, first.imageRefs);

    day.ok("git -c user.name=t -c user.email=t@t.test revert --no-edit HEAD");
    const again = day.pushed(() => day.ok("./cronium up --yes --stack prod"));
    assert.deepEqual(again, []);
    assert.deepEqual(day.outputs<Outputs>("prod").imageRefs, first.imageRefs);
  });

  it("has a hotfix: from a commit to prod by the same way", () => {
    replace(day, HELPER, "# changed\n", "# mended\n");
    day.commit("bash: a hotfix");
    day.ok(`./cronium up --yes --stack staging && ${promote}`);
    day.commit("prod takes the hotfix");
    day.ok("./cronium up --yes --stack prod");
    const { imageRefs } = day.outputs<Outputs>("prod");
    assert.deepEqual(imageRefs, day.outputs<Outputs>("staging").imageRefs);
    assert.notEqual(imageRefs.bash, first.imageRefs.bash);
  });

  it("does not promote what the registry lost, nor what was not pushed", async () => {
    const { imageDigests } = day.outputs<Outputs>("staging");
    await day.registry.forget(`${day.repositories}/base`, imageDigests.base as string);
    const lost = day.shell(promote);
    assert.notEqual(lost.status, 0);
    assert.match(
      lost.text,
      /the registry does not hold \S+ \(base\) any more: \.\/cronium up --refresh --stack staging/,
    );
    const sent = day.pushed(() => day.ok("./cronium up --refresh --yes --stack staging"));
    assert.deepEqual(sent, ["base"]);
    day.ok("./cronium config set cronium:images build --stack staging && ./cronium up --yes --stack staging");
    assert.match(day.shell(promote).text, /stack staging did not push base, .*set cronium:images to push there/);
  });

  it("ends: prod is protected, destroy says how to lift that, and then does as it is told", () => {
    const { status, text } = day.shell("./cronium destroy --yes --stack prod");
    assert.notEqual(status, 0);
    assert.match(
      text,
      /prod protects .*runtime-api-data.*: \.\/cronium state unprotect --all --stack prod, then destroy/,
    );
    day.ok("./cronium state unprotect --all --yes --stack prod");
    day.ok("./cronium destroy --yes --stack prod");
  });
});

function replace(day: Environments, path: string, from: string, to: string): void {
  const text = day.read(path);
  assert.ok(text.includes(from), `${path} has no ${from}`);
  day.write(path, text.replace(from, to));
}
