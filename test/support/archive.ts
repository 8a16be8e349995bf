import { execFileSync, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildImage } from "../../docker/build";
import type { Docker } from "../../docker/client";
import { machineSecrets, proxyArgs } from "../../docker/machine";
import { removeIfUnused } from "../../docker/tags";
import { temporaryFolder } from "./engine";

/** An archive of real Debian packages, under a key of its own, which build steps and this machine can reach. */
export interface Archive {
  /** What apt, and with it the project, takes for this machine's configuration. */
  env: { APT_CONFIG: string; NO_PROXY: string; no_proxy: string };
  /** The public part of its key, in ASCII. */
  key: string;
  /** Adds a package's next version to a suite, and signs the archive again; returns that version. */
  publish(name: string, suite: string): string;
  /** Signs the archive with another key, which nobody trusts. */
  usurp(): void;
  remove(): void;
}

/**
 * Makes one of the packages that are wanted on a root, and of those these need, in the versions that this machine's archive
 * has. They are fetched in a build step, as the images' are.
 * @param wanted as apt-get takes them
 * @param present packages that the root has already
 */
export async function signedArchive(
  docker: Docker,
  root: string,
  wanted: readonly string[],
  present: readonly string[],
): Promise<Archive> {
  const folder = temporaryFolder();
  const at = (path: string) => join(folder.path, path);
  await fetchPackages(docker, root, wanted, present, folder.path);
  for (const home of ["key", "other-key"]) {
    mkdirSync(at(home), { mode: 0o700 });
    gpg(at(home), "--quick-generate-key", "An archive <archive@cronium.test>", "ed25519", "sign", "never");
  }
  const suiteOf = (deb: string) => (basename(deb).includes("bpo") ? "trixie-backports" : "trixie");
  const suites = new Map(SUITES.map((suite) => [suite, [] as string[]]));
  for (const deb of globSync("debs/*.deb", { cwd: folder.path })) suites.get(suiteOf(deb))?.push(deb);
  const sign = (home: string) => {
    for (const [suite, debs] of suites) writeSuite(folder.path, suite, debs, at(home));
  };
  sign("key");

  const address = (await docker.getNetwork("bridge").inspect()).IPAM?.Config?.[0]?.Gateway as string;
  const server = fork("test/support/archive-process.ts", [folder.path, address], {
    execArgv: ["--import", "./register.mjs"],
  });
  const [port] = (await once(server, "message")) as [number];
  const key = gpg(at("key"), "--armor", "--export").toString();
  writeFileSync(at("key.asc"), key);
  const sources = SUITES.map((suite) => `deb [signed-by=${at("key.asc")}] http://${address}:${port} ${suite} main\n`);
  writeFileSync(at("sources.list"), sources.join(""));
  const configuration = {
    "Dir::Etc::sourcelist": at("sources.list"),
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::parts": "/dev/null",
    "Dir::State::lists": at("lists"),
    "APT::Sandbox::User": "root",
  };
  mkdirSync(at("lists"));
  const lines = Object.entries(configuration).map(([name, value]) => `${name} "${value}";\n`);
  writeFileSync(at("apt.conf"), lines.join(""));
  const direct = [process.env.NO_PROXY, address].filter(Boolean).join(",");
  const env = { APT_CONFIG: at("apt.conf"), NO_PROXY: direct, no_proxy: direct };
  execFileSync("apt-get", ["-qq", "update"], { env: { ...process.env, ...env } });
  return {
    env,
    key,
    publish(name, suite) {
      const [deb = ""] = globSync(`debs/${name}_*.deb`, { cwd: folder.path });
      const { path, version } = nextVersion(folder.path, deb);
      suites.get(suite)?.push(path);
      sign("key");
      return version;
    },
    usurp: () => sign("other-key"),
    remove() {
      server.kill();
      for (const home of ["key", "other-key"]) execFileSync("gpgconf", ["--homedir", at(home), "--kill", "all"]);
      folder.remove();
    },
  };
}

const SUITES = ["trixie", "trixie-updates", "trixie-backports", "trixie-security"];

async function fetchPackages(
  docker: Docker,
  root: string,
  wanted: readonly string[],
  present: readonly string[],
  folder: string,
): Promise<void> {
  const apt = "with-machine apt-machine -qq";
  const context = temporaryFolder({
    Dockerfile: [
      "ARG BUILDER_ROOT",
      `FROM \${BUILDER_ROOT} AS fetch`,
      "COPY bin/ /usr/local/sbin/",
      "WORKDIR /debs",
      "RUN --mount=type=secret,id=machine --mount=type=secret,id=ca \\",
      `  ${apt} update && ${apt} install --yes --no-install-recommends --download-only ${wanted.join(" ")} && \\`,
      `  mv /var/cache/apt/archives/*.deb . && ${apt} download ${present.join(" ")}`,
      "FROM scratch",
      "COPY --from=fetch /debs/ /debs/",
      'CMD ["none"]',
    ].join("\n"),
  });
  cpSync("images/base/tools/bin", join(context.path, "bin"), { recursive: true });
  const buildArgs = { ...proxyArgs(), BUILDER_ROOT: root };
  const image = await buildImage(docker, { context: context.path, buildArgs, secrets: await machineSecrets() });
  context.remove();
  const container = await docker.createContainer({ Image: image });
  const tar = await container.getArchive({ path: "/debs" });
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  execFileSync("tar", ["-x", "-C", folder], { input: Buffer.concat(chunks) });
  await container.remove();
  await removeIfUnused(docker, image);
}

/** As Debian's wiki has it (RepositoryFormat): Packages, and an InRelease that has its sum. */
function writeSuite(folder: string, suite: string, debs: readonly string[], home: string): void {
  const records = debs.map((deb) => {
    const bytes = readFileSync(join(folder, deb));
    const control = execFileSync("dpkg-deb", ["-f", join(folder, deb)], { encoding: "utf8" });
    return `${control.trimEnd()}\nFilename: ${deb}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\n`;
  });
  const architecture = execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim();
  const packages = records.join("\n");
  const path = `main/binary-${architecture}/Packages`;
  const release = [
    "Origin: Debian",
    "Label: Debian",
    `Suite: ${suite}`,
    `Codename: ${suite}`,
    `Date: ${new Date().toUTCString()}`,
    `Architectures: ${architecture}`,
    "Components: main",
    ...(suite.endsWith("-backports") ? ["NotAutomatic: yes", "ButAutomaticUpgrades: yes"] : []),
    "SHA256:",
    ` ${sha256(packages)} ${Buffer.byteLength(packages)} ${path}`,
  ];
  const place = join(folder, "dists", suite);
  mkdirSync(join(place, `main/binary-${architecture}`), { recursive: true });
  writeFileSync(join(place, path), packages);
  writeFileSync(join(place, "Release"), `${release.join("\n")}\n`);
  gpg(home, "--yes", "--output", join(place, "InRelease"), "--clearsign", join(place, "Release"));
}

/** The same package again, with a higher version. */
function nextVersion(folder: string, deb: string): { path: string; version: string } {
  const tree = join(folder, "next");
  execFileSync("dpkg-deb", ["--raw-extract", join(folder, deb), tree]);
  const control = join(tree, "DEBIAN/control");
  const text = readFileSync(control, "utf8").replace(/^Version: .*/m, "$&+next1");
  writeFileSync(control, text);
  const path = deb.replace(/_([^_]+)_([^_]+)$/, "_next_$2");
  execFileSync("dpkg-deb", ["--build", "--root-owner-group", "-Zgzip", "-z1", tree, join(folder, path)]);
  renameSync(tree, `${tree}-${basename(deb)}`);
  return { path, version: /^Version: (.*)/m.exec(text)?.[1] ?? "" };
}

function gpg(home: string, ...args: string[]): Buffer {
  return execFileSync("gpg", ["--homedir", home, "--batch", "--quiet", "--passphrase", "", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function sha256(data: Buffer | string): string {
  return createHash("sha256").update(data).digest("hex");
}
