import { posix } from "node:path";
import type { Measured, Package } from "../report/model";
import { filesOf, type ImageContents, lookup, sizeOf, textOf } from "../verify/image";
import { packagesOf } from "../verify/packages";

/** What a report tells of an image that was read: its layers, its packages, and how much each of them weighs. */
export function measure(image: ImageContents): Measured {
  const claimed = new Set<string>();
  const packages = packagesOf(image).map(({ type, name, version, record }): Package => {
    const paths = type === "deb" ? debianFiles(image, record) : type === "npm" ? folderFiles(image, record) : [];
    const own = paths.filter((path) => !claimed.has(path));
    for (const path of own) claimed.add(path);
    const sizeBytes = own.reduce((sum, path) => sum + (image.files.get(path)?.size ?? 0), 0);
    return { type, name, version, ...(own.length > 0 && { sizeBytes }) };
  });
  const other = filesOf(image).filter(([path]) => !claimed.has(path));
  return {
    reference: image.reference,
    sizeBytes: sizeOf(image),
    layers: image.layers.map(({ digest, entries }) => ({
      digest,
      sizeBytes: [...new Set(entries.values())].reduce((sum, { size }) => sum + size, 0),
    })),
    packages,
    otherBytes: other.reduce((sum, [, { size }]) => sum + size, 0),
  };
}

/** The files that a Debian package's list of sums names and that are in the image. */
function debianFiles(image: ImageContents, record: string): string[] {
  const lines = (textOf(image, `${record}.md5sums`) ?? "").split("\n");
  const names = lines.flatMap((line) => /^[0-9a-f]{32} {2}(.+)$/.exec(line)?.[1] ?? []);
  return names.flatMap((name) => lookup(image, `/${name}`)?.path ?? []);
}

/** All that lies beside a package.json, packages inside of it aside. */
function folderFiles({ files }: ImageContents, record: string): string[] {
  const folder = `${posix.dirname(record)}/`;
  return [...files.keys()].filter((path) => path.startsWith(folder) && !path.includes("/node_modules/", folder.length));
}
