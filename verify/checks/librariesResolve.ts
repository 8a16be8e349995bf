import { posix } from "node:path";
import { type Check, CONTRACT, verdict } from "../check";
import { elfFiles } from "../elf-files";
import { reasonFor } from "../exceptions";
import { type ImageContents, lookup, textOf } from "../image";

export const librariesResolve: Check = {
  id: "libraries-resolve",
  proves: "Every library that a program or library needs, and its loader, is in the image where the loader looks.",
  source: CONTRACT,
  check: (image) => {
    const files = elfFiles(image);
    const folders = loaderFolders(image);
    const loaded = new Set(files.flatMap(([path, { soname }]) => [posix.basename(path), ...(soname ? [soname] : [])]));
    const violations = files.flatMap(([path, { kind, interpreter, needed, runPath }]) => {
      const own = runPath.map((folder) => folder.replace(/\$\{?ORIGIN\}?/, posix.dirname(path)));
      const found = (name: string) =>
        [...own, ...folders].some((folder) => lookup(image, posix.join(folder, name))?.entry.elf?.kind === kind);
      return [
        ...(interpreter && !lookup(image, interpreter) ? [`${path} needs the loader ${interpreter}`] : []),
        ...needed
          .filter((name) => !found(name) && reasonFor("libraries-resolve", path) === undefined)
          .map((name) => `${path} needs ${name}${loaded.has(name) ? ", which is not where the loader looks" : ""}`),
      ];
    });
    return verdict(violations, `${files.length} ELF files, folders ${folders.join(", ")}`);
  },
};

/** The folders of ld.so.conf and Debian's multiarch ones, then the built-in ones of glibc and musl. */
function loaderFolders(image: ImageContents): string[] {
  const configured = [...image.files.keys()]
    .filter((path) => /^\/etc\/ld\.so\.conf(\.d\/.*\.conf)?$|^\/etc\/ld-musl-.*\.path$/.test(path))
    .flatMap((path) => (textOf(image, path) ?? "").split(/[\n:]/))
    .filter((line) => line.startsWith("/"));
  const multiarch = [...image.files.keys()]
    .map((path) => /^(?:\/usr)?(\/lib\/[^/]+-linux-gnu[^/]*)\/libc\.so\.6$/.exec(path)?.[1])
    .flatMap((folder) => (folder ? [folder, `/usr${folder}`] : []));
  const all = [...configured, ...multiarch, "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"];
  return [...new Set(all)];
}
