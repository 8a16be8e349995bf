import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join, posix } from "node:path";
import type { Readable } from "node:stream";

/** One path of a build context, as the engine gets to see it. */
export interface ContextEntry {
  /** Relative to the context, with forward slashes. */
  path: string;
  kind: "file" | "link" | "dir";
  /** Whether its owner may execute it: the one bit of the mode that counts. */
  executable: boolean;
  /** A symbolic link's text. */
  target?: string;
}

/**
 * Lists a build context after its ignore file, sorted by path. `<dockerfile>.dockerignore` wins over .dockerignore; the
 * Dockerfile is always listed, because the build needs it. Sockets and devices are left out, as docker does.
 */
export async function listContext(root: string, dockerfile: string): Promise<ContextEntry[]> {
  const rules = await ignoreRules(root, dockerfile);
  const entries: ContextEntry[] = [];

  const walk = async (folder: string): Promise<void> => {
    for (const name of (await readdir(join(root, folder))).sort()) {
      const path = folder ? `${folder}/${name}` : name;
      const ignored = path !== dockerfile && rules.ignores(path);
      const stats = await lstat(join(root, path));
      if (stats.isDirectory()) {
        if (!ignored) entries.push({ path, kind: "dir", executable: false });
        if (!ignored || rules.mayBringBack(path) || dockerfile.startsWith(`${path}/`)) await walk(path);
      } else if (ignored) {
      } else if (stats.isSymbolicLink()) {
        entries.push({ path, kind: "link", executable: false, target: await readlink(join(root, path)) });
      } else if (stats.isFile()) {
        entries.push({ path, kind: "file", executable: (stats.mode & 0o100) !== 0 });
      }
    }
  };
  await walk("");
  return entries;
}

/**
 * What decides whether a context changed: path -> "x:<sha256>" or "-:<sha256>" of a file (x when executable), "link:<text>"
 * of a symbolic link, "dir" of an empty folder. Never modes, times, owners or the folder's own place.
 */
export async function hashContext(root: string, entries: ContextEntry[]): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const [index, { path, kind, executable, target }] of entries.entries()) {
    if (kind === "link") hashes[path] = `link:${target}`;
    else if (kind === "file")
      hashes[path] = `${executable ? "x" : "-"}:${hash("sha256", await readFile(join(root, path)))}`;
    else if (!entries[index + 1]?.path.startsWith(`${path}/`)) hashes[`${path}/`] = "dir";
  }
  return hashes;
}

/** The context as a tar stream that depends on nothing but its content: owner 0, mode 0644 or 0755, time 0. */
export async function packContext(root: string, entries: ContextEntry[]): Promise<Readable> {
  const { default: tar } = await import("tar-stream");
  const pack = tar.pack();
  const fill = async (): Promise<void> => {
    for (const { path, kind, executable, target } of entries) {
      const header = { name: path, mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "" };
      if (kind === "dir") pack.entry({ ...header, type: "directory", mode: 0o755 });
      else if (kind === "link") pack.entry({ ...header, type: "symlink", mode: 0o777, linkname: target ?? "" });
      else {
        const content = await readFile(join(root, path));
        await new Promise<void>((resolve, reject) => {
          const done = (error?: Error | null) => (error ? reject(error) : resolve());
          pack.entry({ ...header, type: "file", mode: executable ? 0o755 : 0o644 }, content, done);
        });
      }
    }
    pack.finalize();
  };
  fill().catch((error: Error) => pack.destroy(error));
  return pack as unknown as Readable;
}

interface IgnoreRules {
  ignores(path: string): boolean;
  /** Whether a pattern starting with ! can bring back something inside this ignored folder. */
  mayBringBack(folder: string): boolean;
}

async function ignoreRules(root: string, dockerfile: string): Promise<IgnoreRules> {
  const file = [join(root, `${dockerfile}.dockerignore`), join(root, ".dockerignore")].find((path) => existsSync(path));
  if (!file) return { ignores: () => false, mayBringBack: () => false };
  const { default: dockerignore } = (await import("@balena/dockerignore")).default; // CommonJS behind ES module types
  const text = (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
  // The library passes these through to its regular expressions; docker escapes them (moby/patternmatcher).
  const patterns = text.split(/\r?\n/).map((line) => line.replace(/(?<!\\)[+()|{}]/g, "\\$&"));
  const rules = dockerignore({ ignorecase: false }).add(patterns);
  const exceptions = patterns
    .filter((pattern) => pattern.trimStart().startsWith("!"))
    .map((pattern) => posix.normalize(pattern.trim().slice(1).trim()).replace(/^\/|\/(\*{1,2})?$/g, ""));
  // As BuildKit does (fsutil's filter): only plain names tell which folders they are not in.
  const plain = exceptions.every((name) => !/[*?[\\]/.test(name));
  return {
    ignores: (path) => rules.ignores(path),
    mayBringBack: (folder) => exceptions.some((name) => !plain || `${name}/`.startsWith(`${folder}/`)),
  };
}
