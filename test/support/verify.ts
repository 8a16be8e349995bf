import { hash } from "node:crypto";
import { posix } from "node:path";
import { rootCertificates } from "node:tls";
import type { Elf } from "../../verify/elf";
import { type Config, type Entry, type ImageContents, imageOf } from "../../verify/image";
import { SBOM_PATH, spdxOf } from "../../verify/sbom";

/** A path as a test says it: a text is a file of root; fields that are given win. */
export type Path = string | (Partial<Entry> & { text?: string | Buffer });

/** An image in the making: what a check has to say of it is decided by these. */
export interface Draft {
  files: Record<string, Path>;
  config: NonNullable<Config["config"]>;
  history: NonNullable<Config["history"]>;
  architecture: string;
  /** Each layer's paths that it deletes; there are two layers, all files are in the first. */
  hides: string[];
  /** Files as Debian's package `libc6` has them, by path. */
  packaged: string[];
}

const AUTHORITIES = Buffer.from(rootCertificates.join("\n"));

/** The python image in small: every check passes on it, or has nothing to say. */
export function goodDraft(): Draft {
  const elf: Elf = {
    kind: "2-1-62",
    machine: 62,
    program: true,
    interpreter: "/lib64/ld-linux-x86-64.so.2",
    needed: ["libc.so.6"],
    runPath: [],
    pie: true,
    relro: true,
    bindNow: true,
    executableStack: false,
    textRelocations: false,
    stackProtector: true,
  };
  const library: Elf = { ...elf, program: false, interpreter: undefined, needed: [], soname: "libc.so.6" };
  const program = { mode: 0o755, text: "program", elf };
  const user = { type: "dir", uid: 1000, gid: 1000 } as const;
  const files: Record<string, Path> = {
    "/bin": { type: "link", target: "usr/bin" },
    "/lib": { type: "link", target: "usr/lib" },
    "/lib64": { type: "link", target: "usr/lib64" },
    "/usr/lib64/ld-linux-x86-64.so.2": { type: "link", target: "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" },
    "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2": {
      mode: 0o755,
      text: "loader",
      elf: { ...library, soname: "ld" },
    },
    "/usr/lib/x86_64-linux-gnu/libc.so.6": { mode: 0o755, text: "libc", elf: library },
    "/usr/bin/tini": program,
    "/usr/bin/busybox": program,
    "/usr/bin/sh": { type: "link", target: "busybox" },
    "/usr/bin/python3.13": program,
    "/usr/bin/python3": { type: "link", target: "python3.13" },
    "/usr/lib/python3.13/json/__init__.py": "",
    "/usr/lib/python3.13/json/__pycache__/__init__.cpython-313.pyc": { text: byteCode(1) },
    "/usr/local/lib/python3.13/dist-packages/cronium/_version.py": 'VERSION = "1.2.3"\n',
    "/usr/local/lib/python3.13/dist-packages/cronium/__pycache__/_version.cpython-313.pyc": { text: byteCode(1) },
    "/usr/local/bin/healthcheck.py": { mode: 0o755, text: "#!/usr/bin/python3\n" },
    "/etc/passwd":
      "root:x:0:0:root:/root:/usr/sbin/nologin\ncronium:x:1000:1000::/home/cronium:/usr/sbin/nologin\n" +
      "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "/etc/group": "root:x:0:\ncronium:x:1000:\nnogroup:x:65534:\n",
    "/etc/os-release": 'ID=debian\nVERSION_ID="13"\n',
    "/etc/ssl/certs/ca-certificates.crt": { text: AUTHORITIES },
    "/etc/localtime": { type: "link", target: "/usr/share/zoneinfo/Etc/UTC" },
    "/usr/share/zoneinfo/Etc/UTC": zone("UTC0"),
    "/usr/share/zoneinfo/Europe/Berlin": zone("CET-1CEST,M3.5.0,M10.5.0/3"),
    "/usr/share/zoneinfo/Asia/Tokyo": zone("JST-9"),
    "/usr/share/zoneinfo/Asia/Kolkata": zone("IST-5:30"),
    "/usr/lib/locale/C.utf8/LC_CTYPE": "ctype",
    "/usr/share/doc/libc6/copyright": "LGPL",
    "/var/lib/dpkg/status.d/libc6":
      "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.41-12\n",
    "/tmp": { type: "dir", mode: 0o1777 },
    "/home/cronium": { ...user, mode: 0o750 },
    "/app": user,
    "/workspace": user,
  };
  return {
    files,
    config: {
      User: "1000:1000",
      Env: [
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "HOME=/home/cronium",
        "USER=cronium",
        "LANG=C.UTF-8",
        "TZ=UTC",
        "PYTHONUNBUFFERED=1",
      ],
      Entrypoint: ["/usr/bin/tini", "-g", "--"],
      Cmd: ["python3"],
      WorkingDir: "/app",
      Healthcheck: { Test: ["CMD", "/usr/local/bin/healthcheck.py"] },
      Labels: {
        "org.opencontainers.image.title": "cronium/python",
        "org.opencontainers.image.version": "1.2.3",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "dev.cronium.language": "python",
        "dev.cronium.shell": "true",
      },
    },
    history: [{ created_by: "COPY /out/ / # buildkit" }, { created_by: "CMD [python3]", empty_layer: true }],
    architecture: "amd64",
    hides: [],
    packaged: ["/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"],
  };
}

/** Makes the image of a draft, with the sums and the SBOM that its builder would write. */
export function finished(draft: Draft): ImageContents {
  const image = contentsOf(draft, {});
  const sums = draft.packaged.map((path) => `${image.files.get(path)?.md5}  ${path.slice(1)}\n`).join("");
  const record = { "/var/lib/dpkg/status.d/libc6.md5sums": sums };
  const described = contentsOf(draft, record);
  return contentsOf(draft, { ...record, [SBOM_PATH]: JSON.stringify(spdxOf(described)) });
}

/** The same image with other bytes in a file, behind the back of who wrote the SBOM. */
export function withFile(image: ImageContents, path: string, text: string | undefined): ImageContents {
  const entries = new Map(image.layers[0]?.entries);
  if (text === undefined) entries.delete(path);
  else entries.set(path, entryFrom(text));
  const [first, ...others] = image.layers;
  return imageOf(image.reference, image.config, [{ digest: "", hides: [], ...first, entries }, ...others]);
}

/** The same image with one more layer under all others. */
export function over(image: ImageContents, below: Record<string, Path>): ImageContents {
  const entries = new Map(Object.entries(below).map(([path, value]) => [path, entryFrom(value)]));
  return imageOf(image.reference, image.config, [{ digest: "sha256:0", entries, hides: [] }, ...image.layers]);
}

function contentsOf(draft: Draft, more: Record<string, string>): ImageContents {
  const entries = new Map<string, Entry>();
  for (const [path, value] of Object.entries({ ...draft.files, ...more })) {
    for (let parent = posix.dirname(path); parent !== "/"; parent = posix.dirname(parent)) {
      if (!entries.has(parent)) entries.set(parent, entryFrom({ type: "dir", mode: 0o755 }));
    }
    entries.set(path, entryFrom(value));
  }
  const layers = [
    { digest: "sha256:1", entries, hides: [] },
    { digest: "sha256:2", entries: new Map<string, Entry>(), hides: draft.hides },
  ];
  const { architecture, config, history } = draft;
  const created = "1970-01-01T00:00:00Z";
  return imageOf("test", { architecture, os: "linux", created, config, history, rootfs: { diff_ids: [] } }, layers);
}

function entryFrom(value: Path): Entry {
  const { text = "", ...given } = typeof value === "string" ? { text: value } : value;
  const type = given.type ?? "file";
  const common = { type, mode: type === "dir" ? 0o755 : 0o644, uid: 0, gid: 0, mtime: 0, size: 0 } as const;
  if (type !== "file") return { ...common, ...given };
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const sums = { md5: hash("md5", bytes), sha1: hash("sha1", bytes), sha256: hash("sha256", bytes) };
  return { ...common, size: bytes.length, bytes, ...sums, ...given };
}

function zone(rule: string): string {
  return `TZif2...\n${rule}\n`;
}

/** PEP 552's header. */
export function byteCode(flags: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(flags, 4);
  return header;
}
