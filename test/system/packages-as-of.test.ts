import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildImage } from "../../docker/build";
import type { Docker } from "../../docker/client";
import { followTransfer } from "../../docker/registry";
import { removeIfUnused, removeTag, setTag } from "../../docker/tags";
import type { Report } from "../../report/model";
import { type Archive, signedArchive } from "../support/archive";
import { machineEngine, temporaryFolder, testName } from "../support/engine";
import { copyProject, type Project } from "../support/project";
import { blocksUnder } from "../support/readme";
import { type Registry, startRegistry } from "../support/registry";

/** The project's program, with fewer images: one that a newer package is in, one that it is not in and that runs. */
const PROGRAM = `import "./components/node";
import { engine } from "./components/engine";
import { names } from "./components/names";
import type { Image } from "./components/resources";
import { type Catalog, catalogTags, RuntimeImages } from "./components/runtimeImages";
import { loadSettings } from "./components/settings";
import { Valkey } from "./components/valkey";

const catalog = { base: {}, bash: { from: ["base"] }, valkey: { from: ["base"] } } satisfies Catalog;
const settings = loadSettings();
const stack = { settings, names: names(settings), catalog };
const onEngine = engine(settings, stack.names, catalogTags(stack));
const { images } = new RuntimeImages("images", stack, onEngine);
const valkey = new Valkey("valkey", { ...stack, image: images.valkey as Image, carrier: images.base as Image }, onEngine);
const entries = Object.entries(images);
export const imageRefs = Object.fromEntries(entries.map(([name, image]) => [name, image.ref]));
export const imageContentDigests = Object.fromEntries(entries.map(([name, image]) => [name, image.contentDigest]));
export const runtimeApi = { containerId: valkey.container.id };
`;

const ROOT = "cronium/builder-root:latest";
const LISTS = ["base/contents/base.list", "base/contents/busybox.list", "bash/contents.list", "valkey/contents.list"];

interface Outputs {
  imageRefs: Record<string, string>;
  imageContentDigests: Record<string, string>;
  runtimeApi: { containerId: string };
}

interface Deployment {
  resources: { urn: string; type: string; outputs?: { contentDigest?: string } }[];
}

describe("cronium:packagesAsOf", function () {
  this.timeout(600_000);
  let docker: Docker;
  let archive: Archive;
  let registry: Registry;
  let project: Project;
  let first: Outputs;
  const root = testName();
  const { APT_CONFIG, NO_PROXY, no_proxy } = process.env;

  before(async () => {
    docker = await machineEngine();
    registry = await startRegistry();
    const lists = LISTS.map((path) => readFileSync(join("images", path), "utf8")).join("");
    const wanted = [...lists.matchAll(/^(?:package|install) (.*)$/gm)].flatMap(([, names = ""]) => names.split(" "));
    // libacl1 is in every root, which is older than what the archive will have.
    archive = await signedArchive(docker, ROOT, ["python3-minimal", ...wanted], ["libacl1"]);
    const digest = await pushRoot(docker, `${registry.address}/${root}:latest`, archive.key, registry);
    Object.assign(process.env, archive.env);
    project = copyProject({
      "cronium:builderRoot": `${registry.address}/${root}@${digest}`,
      "cronium:images": "push",
      "cronium:registry": registry.address,
    });
    project.write("index.ts", PROGRAM);
  });
  after(async () => {
    for (const [name, value] of Object.entries({ APT_CONFIG, NO_PROXY, no_proxy })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    project?.remove();
    archive?.remove();
    await registry?.remove();
  });

  // As the README says it, which dev's `up` takes as a yes.
  const [list = [], apply = [], up = []] = (blocksUnder("Newer packages")[0] ?? "")
    .trim()
    .split("\n")
    .map((line) => line.split(" ").slice(1));
  const settings = () => readFileSync(join(project.folder, `Pulumi.${project.namespace}.yaml`), "utf8");

  it("is not needed: the first images have what the archive has, and nothing is newer", () => {
    project.succeed(...up, "--yes");
    first = project.outputs<Outputs>();
    const before = settings();
    const { stderr } = project.succeed(...apply);
    assert.match(stderr, /nothing is newer/);
    assert.equal(settings(), before);
    assert.doesNotMatch(project.succeed("preview", "--expect-no-changes").stderr, /for information/);
  });

  it("is moved when the archive has a newer package, which previews mention before that", () => {
    const jq = archive.publish("jq", "trixie-updates");
    const libacl1 = archive.publish("libacl1", "trixie-security");
    const { status, stdout } = project.cronium(...list, "--json");
    assert.equal(status, 1);
    const found = JSON.parse(stdout) as Record<string, { name: string; offered: string; security: boolean }[]>;
    const { base, bash, valkey } = first.imageRefs as Record<"base" | "bash" | "valkey", string>;
    assert.deepEqual([found[base], found[valkey]], [[], []]);
    assert.deepEqual(
      found[bash]?.map(({ name, offered, security }) => [name, offered, security]),
      [
        ["libacl1", libacl1, true],
        ["jq", jq, false],
      ],
    );
    const preview = project.succeed("preview", "--expect-no-changes");
    assert.match(
      preview.stderr,
      /for information: the archive had newer versions of 2 packages in bash at \S+Z, 1 sec/,
    );

    project.succeed("preview", "--report", "out");
    const report = JSON.parse(readFileSync(join(project.folder, "out/report.json"), "utf8")) as Report;
    assert.equal(report.outcome, "unchanged");
    assert.deepEqual(
      report.newer?.packages.map(({ image, name }) => [image, name]),
      [
        ["bash", "libacl1"],
        ["bash", "jq"],
      ],
    );

    const before = settings();
    project.succeed(...apply);
    const [line] = settings().match(/^ {2}cronium:packagesAsOf: "\S+Z"\n/m) ?? [];
    assert.equal(settings().replace(line ?? "-", ""), before);
  });

  it("makes up build with it: the image that has the packages is another one, and nothing else is", () => {
    const { stdout } = project.succeed(...up, "--yes");
    const second = project.outputs<Outputs>();
    assert.notEqual(second.imageContentDigests.bash, first.imageContentDigests.bash);
    for (const name of ["base", "valkey"]) {
      assert.equal(second.imageContentDigests[name], first.imageContentDigests[name], name);
      assert.equal(second.imageRefs[name], first.imageRefs[name], name);
    }
    assert.equal(second.runtimeApi.containerId, first.runtimeApi.containerId);
    assert.deepEqual(stdout.match(/^ *\S+ {2}docker:\S+ \S+ (cre|upd|repl|del).*/gm), null);
    const { stderr } = project.succeed(...apply);
    assert.match(stderr, /nothing is newer/);
    project.succeed("preview", "--expect-no-changes");
  });

  it("brings nothing back when it is moved to the past, and changes nothing when nothing is newer", () => {
    const digests = () => {
      const { deployment } = JSON.parse(project.succeed("stack", "export").stdout) as { deployment: Deployment };
      const images = deployment.resources.filter(({ type }) => type === "cronium:index:Image");
      return Object.fromEntries(images.map(({ urn, outputs }) => [urn.split("::").at(-1), outputs?.contentDigest]));
    };
    const before = digests();
    assert.deepEqual(Object.keys(before).sort(), ["base", "bash", "builder", "valkey"]);
    project.succeed("config", "set", "cronium:packagesAsOf", "2026-01-01");
    project.succeed(...up, "--yes");
    assert.deepEqual(digests(), before);
    assert.equal(project.outputs<Outputs>().runtimeApi.containerId, first.runtimeApi.containerId);
  });

  it("is not moved for an archive that somebody else signed", () => {
    archive.usurp();
    const before = settings();
    const { status, stdout, stderr } = project.cronium(...apply);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(
      stderr,
      /^cronium: outdated: the Debian archive is not to be trusted: The repository .* is not signed\./m,
    );
    assert.equal(settings(), before);
  });
});

/** The root as the project makes it, but trusting another key; returns its digest. */
async function pushRoot(docker: Docker, tag: string, key: string, registry: Registry): Promise<string> {
  const keyrings = "/usr/share/keyrings";
  const context = temporaryFolder({
    Dockerfile: [
      `FROM ${ROOT}`,
      `RUN rm ${keyrings}/debian-archive-keyring.*`,
      `COPY key.asc ${keyrings}/debian-archive-keyring.asc`,
    ].join("\n"),
    "key.asc": key,
  });
  const image = await buildImage(docker, { context: context.path });
  context.remove();
  await setTag(docker, image, tag);
  await followTransfer(await docker.getImage(tag).push({ authconfig: {} }));
  await removeTag(docker, image, tag);
  await removeIfUnused(docker, image);
  return (await registry.held(tag.slice(tag.indexOf("/") + 1, tag.lastIndexOf(":")), "latest")) as string;
}
