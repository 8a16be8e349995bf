import { generateKeyPairSync } from "node:crypto";
import { rootCertificates } from "node:tls";
import type { Elf } from "../../verify/elf";
import type { ImageContents } from "../../verify/image";
import { SBOM_PATH } from "../../verify/sbom";
import { byteCode, type Draft, over, withFile } from "./verify";

/** A deliberately bad image: what is done to the good one, and what the check has to say. */
export interface Bad {
  says: RegExp;
  draft?: (draft: Draft) => void;
  after?: (image: ImageContents) => ImageContents;
}

/** Changes a program that has no exceptions. */
const elf = (change: Partial<Elf>) => (draft: Draft) => {
  const busybox = draft.files["/usr/bin/busybox"] as { elf: Elf };
  draft.files["/usr/bin/busybox"] = { ...busybox, elf: { ...busybox.elf, ...change } };
};
const file =
  (path: string, value: Draft["files"][string] = "x") =>
  ({ files }: Draft) => {
    files[path] = value;
  };
const edit =
  (path: string, change: (text: string) => string) =>
  ({ files }: Draft) => {
    files[path] = change(files[path] as string);
  };
const without =
  (path: string) =>
  ({ files }: Draft) => {
    delete files[path];
  };
const config =
  (change: Partial<Draft["config"]>) =>
  ({ config }: Draft) => {
    Object.assign(config, change);
  };
const program = (path: string) => file(path, { mode: 0o755, text: "#!/bin/sh\n" });
const env = (pair: string) => (draft: Draft) => {
  const name = pair.slice(0, pair.indexOf("=") + 1);
  draft.config.Env = [...(draft.config.Env ?? []).filter((other) => !other.startsWith(name)), pair];
};
const label =
  (name: string, value: string) =>
  ({ config }: Draft) => {
    config.Labels = { ...config.Labels, [name]: value };
  };
const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** One for each check that only reads, by its id; each trips that check and no other. */
export const BAD_IMAGES: Readonly<Record<string, Bad>> = {
  "user-is-not-root": { says: /USER is "cronium"/, draft: config({ User: "cronium" }) },
  "accounts-exact": {
    says: /^games:.*: not needed$/,
    draft: edit("/etc/passwd", (text) => `${text}games:x:5:60:games:/usr/games:/usr/sbin/nologin\n`),
  },
  "groups-exact": {
    says: /^wheel:.*: not needed$/,
    draft: edit("/etc/group", (text) => `${text}wheel:x:10:\n`),
  },
  "no-passwords": {
    says: /^\/etc\/passwd: root has an empty password$/,
    draft: edit("/etc/passwd", (text) => text.replace("root:x:", "root::")),
  },
  "no-login-shells": {
    says: /^root has the shell "\/bin\/sh"/,
    draft: edit("/etc/passwd", (text) => text.replace("/root:/usr/sbin/nologin", "/root:/bin/sh")),
  },
  "home-is-the-users": { says: /^HOME is \/root, the account's is \/home\/cronium$/, draft: env("HOME=/root") },
  "work-folders": { says: /^\/workspace is owned by 0/, draft: file("/workspace", { type: "dir" }) },
  "no-setuid": { says: /^\/opt\/su is setuid$/, draft: file("/opt/su", { mode: 0o4755 }) },
  "no-setgid": { says: /^\/opt\/wall is setgid$/, draft: file("/opt/wall", { mode: 0o2755 }) },
  "no-file-capabilities": { says: /^\/opt\/ping has cap/, draft: file("/opt/ping", { capabilities: true }) },
  "no-world-writable-files": { says: /^\/opt\/data has mode 666$/, draft: file("/opt/data", { mode: 0o666 }) },
  "no-world-writable-folders": {
    says: /^\/var\/spool has mode 777$/,
    draft: file("/var/spool", { type: "dir", mode: 0o777 }),
  },
  "tmp-is-sticky": { says: /^\/tmp is dir of user 0 with mode 755/, draft: file("/tmp", { type: "dir" }) },
  "files-are-roots": {
    says: /^\/opt\/tool is owned by 1000:1000$/,
    draft: file("/opt/tool", { uid: 1000, gid: 1000 }),
  },
  "no-package-manager": { says: /^\/usr\/local\/bin\/pip3:/, draft: program("/usr/local/bin/pip3") },
  "no-compiler": { says: /^\/usr\/bin\/x86_64-linux-gnu-gcc-14:/, draft: program("/usr/bin/x86_64-linux-gnu-gcc-14") },
  "no-privilege-tools": { says: /^\/usr\/bin\/su:/, draft: program("/usr/bin/su") },
  "no-remote-tools": { says: /^\/usr\/sbin\/sshd:/, draft: program("/usr/sbin/sshd") },
  "no-unpromised-shell": { says: /^\/usr\/bin\/sh:/, draft: label("dev.cronium.shell", "false") },
  "no-secret-files": { says: /^\/opt\/key\.txt holds a private key$/, draft: file("/opt/key.txt", key) },
  "no-secrets-in-config": { says: /^DB_PASSWORD is set/, draft: env("DB_PASSWORD=hunter2") },
  "no-caches": { says: /^\/var\/lib\/apt\/lists\/main is in a cache$/, draft: file("/var/lib/apt/lists/main") },
  "no-leftovers": { says: /^\/var\/log\/dpkg is a leftover$/, draft: file("/var/log/dpkg") },
  "nothing-hidden": { says: /^layer 2 deletes \/etc\/token$/, draft: ({ hides }) => void hides.push("/etc/token") },
  "no-broken-links": { says: /^\/opt\/a leads to b/, draft: file("/opt/a", { type: "link", target: "b" }) },
  "no-special-files": { says: /^\/opt\/null is a special file$/, draft: file("/opt/null", { type: "special" }) },
  "elf-relro": { says: /^\/usr\/bin\/busybox is not linked with -z relro$/, draft: elf({ relro: false }) },
  "elf-bind-now": { says: /^\/usr\/bin\/busybox is not linked with -z now$/, draft: elf({ bindNow: false }) },
  "elf-pie": { says: /^\/usr\/bin\/busybox is not linked as PIE$/, draft: elf({ pie: false }) },
  "elf-stack-protector": { says: /^\/usr\/bin\/busybox does not know __stack/, draft: elf({ stackProtector: false }) },
  "elf-no-executable-stack": { says: /^\/usr\/bin\/busybox asks for/, draft: elf({ executableStack: true }) },
  "elf-no-text-relocations": { says: /^\/usr\/bin\/busybox has text/, draft: elf({ textRelocations: true }) },
  "elf-run-path": {
    says: /^\/usr\/bin\/busybox looks for libraries in \/tmp\/lib$/,
    draft: elf({ runPath: ["/tmp/lib"] }),
  },
  "elf-architecture": { says: /^\/opt\/arm is for machine 183/, draft: foreign },
  "libraries-resolve": { says: /^\/usr\/bin\/busybox needs libz\.so\.1$/, draft: elf({ needed: ["libz.so.1"] }) },
  "ca-bundle-parses": {
    says: /: certificate 2 does not parse$/,
    draft: file(
      "/etc/ssl/certs/ca-certificates.crt",
      rootCertificates.join("\n").replace(/(^.*?-----END.*?BEGIN.*?\n)./s, "$1!"),
    ),
  },
  "ca-bundle-public": {
    says: /has CN=Example Company Root/,
    draft: file("/etc/ssl/certs/ca-certificates.crt", [...rootCertificates, privateAuthority()].join("\n")),
  },
  "time-zones": {
    says: /^Asia\/Tokyo is not there$/,
    draft: without("/usr/share/zoneinfo/Asia/Tokyo"),
  },
  "locale-is-utf8": { says: /^LANG is de_DE/, draft: env("LANG=de_DE.ISO-8859-1") },
  "healthcheck-present": { says: /^there is no HEALTHCHECK$/, draft: config({ Healthcheck: undefined }) },
  "no-add": {
    says: /^step 3 is ADD https/,
    draft: ({ history }) => void history.push({ created_by: "ADD https://a/b /b" }),
  },
  "no-privileged-ports": {
    says: /^port 80\/tcp is exposed$/,
    draft: config({ ExposedPorts: { "80/tcp": {} } }),
  },
  "no-volumes": { says: /^VOLUME \/data/, draft: config({ Volumes: { "/data": {} } }) },
  "path-is-safe": { says: /^\/app in PATH can be written/, draft: env("PATH=/app:/usr/local/bin:/usr/bin:/bin") },
  "nothing-preloaded": { says: /^LD_PRELOAD is set$/, draft: env("LD_PRELOAD=/app/hook.so") },
  "labels-are-true": {
    says: /licenses is "see the file"$/,
    draft: label("org.opencontainers.image.licenses", "see the file"),
  },
  "times-are-fixed": { says: /^layer 1: \/opt\/new is of 2026/, draft: file("/opt/new", { mtime: 1_790_000_000 }) },
  "size-budget": { says: /^\d+\.\d\d MB of 60$/, draft: file("/opt/large", { size: 60_000_000 }) },
  "sbom-matches": {
    says: /^pkg:deb\/debian\/libc6@2\.41-12.* is in the image, not in/,
    after: (image) => edited(image, (sbom) => sbom.replaceAll("2.41-12", "2.40-1")),
  },
  "packaged-files-unchanged": {
    says: /^\/usr\/share\/zoneinfo\/Etc\/UTC was changed/,
    draft: ({ packaged }) => void packaged.push("/usr/share/zoneinfo/Etc/UTC"),
    after: (image) => withFile(image, "/usr/share/zoneinfo/Etc/UTC", "TZif2 \nUTC0\n"),
  },
  "files-accounted-for": {
    says: /^\/opt\/stray is neither/,
    after: (image) => withFile(image, "/opt/stray", "x"),
  },
  "licences-present": {
    says: /^\/usr\/share\/doc\/libc6\/copyright is not there$/,
    draft: without("/usr/share/doc/libc6/copyright"),
  },
  "supported-versions": {
    says: /^debian 11 is without security fixes since 2026-08-31$/,
    draft: file("/etc/os-release", "ID=debian\nVERSION_ID=11\n"),
  },
  "helper-version": {
    says: /is version 1\.2\.3, the image 2\.0\.0$/,
    draft: label("org.opencontainers.image.version", "2.0.0"),
  },
  "python-byte-code": {
    says: /its byte code is checked at each start$/,
    draft: file("/usr/lib/python3.13/json/__pycache__/__init__.cpython-313.pyc", { text: byteCode(3) }),
  },
};

/** More of them, where one check looks at more than one thing. */
export const MORE_BAD_IMAGES: readonly (Bad & { id: string })[] = [
  {
    id: "groups-exact",
    says: /^toor:.*: group id 0 a second time$/,
    draft: edit("/etc/group", (text) => `${text}toor:x:0:\n`),
  },
  {
    id: "files-are-roots",
    says: /^\/usr\/lib\/python3\.13 is owned by 1000:1000, and has files$/,
    draft: file("/usr/lib/python3.13", { type: "dir", uid: 1000, gid: 1000 }),
  },
  {
    id: "no-secret-files",
    says: /^\/opt\/key\.txt holds a private key$/,
    draft: file("/opt/key.txt"),
    after: (image) => over(image, { "/opt/key.txt": key }),
  },
  {
    id: "no-special-files",
    says: /^\/opt\/null is a special file$/,
    draft: file("/opt/null"),
    after: (image) => over(image, { "/opt/null": { type: "special" } }),
  },
  {
    id: "elf-run-path",
    says: /^\/usr\/bin\/busybox looks for libraries in \$ORIGIN\/\.\.\/\.\.\/app\/lib$/,
    draft: elf({ runPath: ["$ORIGIN/../lib", "$ORIGIN/../../app/lib"] }),
  },
  { id: "elf-run-path", says: /for libraries in the working directory$/, draft: elf({ runPath: ["", "/usr/lib"] }) },
  { id: "path-is-safe", says: /^\/app\/bin in PATH can be made/, draft: env("PATH=/app/bin:/usr/bin:/bin") },
  {
    id: "path-is-safe",
    says: /^\/opt\/bin in PATH can be written to/,
    draft: (draft) => {
      env("PATH=/opt/bin:/usr/bin")(draft);
      file("/opt/bin", { type: "dir", gid: 1000, mode: 0o775 })(draft);
    },
  },
  {
    id: "supported-versions",
    says: /^node 20 is without security fixes since 2026-04-30$/,
    draft: file("/usr/local/include/node/node_version.h", "#define NODE_MAJOR_VERSION 20\n"),
  },
  { id: "labels-are-true", says: /^dev\.cronium\.language is "ruby"/, draft: label("dev.cronium.language", "ruby") },
];

function foreign({ files }: Draft): void {
  const { elf } = files["/usr/bin/tini"] as { elf: Elf };
  files["/opt/arm"] = { elf: { ...elf, machine: 183, needed: [] } };
}

function edited(image: ImageContents, change: (sbom: string) => string): ImageContents {
  const sbom = image.files.get(SBOM_PATH)?.bytes?.toString() ?? "";
  return withFile(image, SBOM_PATH, change(sbom));
}

/** Self-signed, valid until 2126: openssl req -x509 -newkey ed25519 -nodes -subj "/CN=Example Company Root" -days 36500 */
function privateAuthority(): string {
  return `-----BEGIN CERTIFICATE-----
MIIBVTCCAQegAwIBAgIUdrxGZTN7ZiqC7nLDZIaVzW6afjQwBQYDK2VwMB8xHTAb
BgNVBAMMFEV4YW1wbGUgQ29tcGFueSBSb290MCAXDTI2MTEyNDExNDczMloYDzIx
MjYxMDMxMTE0NzMyWjAfMR0wGwYDVQQDDBRFeGFtcGxlIENvbXBhbnkgUm9vdDAq
MAUGAytlcAMhABk/OS5xjx0AjkqAE4FmT/4KOsy5GVawpNJS2NoXKR7jo1MwUTAd
BgNVHQ4EFgQUZSdvmAc80aB0j6s7IgGGwqfrmz8wHwYDVR0jBBgwFoAUZSdvmAc8
0aB0j6s7IgGGwqfrmz8wDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQAM7T+JS0Zd
Orx7ms+jeGyM3Y7QjcyczfcMStSrAYf8CeF4X1vOgBJlf7eIPDg1vftEIVwl1vux
pqHn3YMjad0C
-----END CERTIFICATE-----`;
}
