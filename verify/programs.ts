import { posix } from "node:path";
import { environmentOf, type ImageContents, lookup } from "./image";

/** Folders that programs are in, whatever PATH says. */
const BIN = /\/s?bin$|^\/busybox$/;

/** The executable paths in bin folders whose name matches, links to programs included, sorted. */
export function programsNamed(image: ImageContents, names: RegExp): string[] {
  return [...image.files.keys()]
    .filter((path) => BIN.test(posix.dirname(path)) && names.test(posix.basename(path)))
    .filter((path) => (lookup(image, path)?.entry.mode ?? 0) & 0o111)
    .sort();
}

/** Where a program is: a path as it is, a name in the folders of PATH; undefined if nowhere. */
export function programOf(image: ImageContents, name: string): string | undefined {
  if (name.includes("/")) return lookup(image, name)?.path;
  const folders = (environmentOf(image).PATH ?? "/usr/local/bin:/usr/bin:/bin").split(":");
  return folders.map((folder) => lookup(image, posix.join(folder, name))?.path).find((path) => path !== undefined);
}
