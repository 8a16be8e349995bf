import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join, posix } from "node:path";

/** One path of a build context, as the engine gets to see it. */
export interface ContextEntry {
  /** Relative to the context, with forward slashes. */
  path: string;
  kind: "file" | "link" | "dir";
  /** Whether its owner may execute it: the one bit of the mode that counts. */
  executable: boolean;
  /** A symbolic link's text. */
  target?: string;
  /** Needed to read the Dockerfile: that file, and the folders it is in. */
  build: boolean;
  /** Only there for the Dockerfile's sake: no step gets to see it. */
  ignored: boolean;
}

/**
 * Lists a build context after its ignore file, each folder before what is in it. `<dockerfile>.dockerignore` wins over
 * .dockerignore; the Dockerfile is always listed, because the build needs it. Sockets and devices are left out, as docker
 * does.
 */
export async function listContext(root: string, dockerfile: string): Promise<ContextEntry[]> {
  const rules = await ignoreRules(root, dockerfile);

  const list = async (folder: string): Promise<ContextEntry[]> => {
    const entries: ContextEntry[] = [];
    for (const name of (await readdir(join(root, folder))).sort()) {
      const path = folder ? `${folder}/${name}` : name;
      const ignored = rules.ignores(path);
      const build = path === dockerfile || dockerfile.startsWith(`${path}/`);
      const stats = await lstat(join(root, path));
      if (stats.isDirectory()) {
        const inside = !ignored || build || rules.mayBringBack(path) ? await list(path) : [];
        const empty = !inside.some((entry) => !entry.ignored);
        if (!ignored || inside.length > 0) {
          entries.push({ path, kind: "dir", executable: false, build, ignored: ignored && empty }, ...inside);
        }
      } else if (ignored && !build) {
      } else if (stats.isSymbolicLink()) {
        const target = await readlink(join(root, path));
        entries.push({ path, kind: "link", executable: false, target, build, ignored });
      } else if (stats.isFile()) {
        entries.push({ path, kind: "file", executable: (stats.mode & 0o100) !== 0, build, ignored });
      }
    }
    return entries;
  };
  return list("");
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
