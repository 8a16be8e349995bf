import { type ImageContents, textOf } from "./image";
import { osRelease, packagesOf } from "./packages";

/** The last day of security fixes, by product and version; from each project's own schedule. */
export const SUPPORTED_UNTIL: Readonly<Record<string, string>> = {
  // wiki.debian.org/LTS
  "debian 11": "2026-08-31",
  "debian 12": "2028-06-30",
  "debian 13": "2030-06-30",
  // ubuntu.com/about/release-cycle
  "ubuntu 22.04": "2027-04-30",
  "ubuntu 24.04": "2029-04-30",
  "ubuntu 26.04": "2031-04-30",
  // alpinelinux.org/releases
  "alpine 3.20": "2026-04-01",
  "alpine 3.21": "2026-11-01",
  "alpine 3.22": "2027-05-01",
  "alpine 3.23": "2027-11-01",
  // devguide.python.org/versions
  "python 3.9": "2025-10-31",
  "python 3.10": "2026-10-31",
  "python 3.11": "2027-10-31",
  "python 3.12": "2028-10-31",
  "python 3.13": "2029-10-31",
  "python 3.14": "2030-10-31",
  // github.com/nodejs/release
  "node 18": "2025-04-30",
  "node 20": "2026-04-30",
  "node 22": "2027-04-30",
  "node 24": "2028-04-30",
};

/** The distribution and the languages in an image, as SUPPORTED_UNTIL names them. */
export function productsOf(image: ImageContents): string[] {
  const id = osRelease(image, "ID");
  const release = osRelease(image, "VERSION_ID");
  const version = id === "alpine" ? release?.split(".").slice(0, 2).join(".") : release;
  const pythons = [...image.files.keys()].map((path) => /^\/usr\/(?:local\/)?bin\/python(3\.\d+)$/.exec(path)?.[1]);
  const nodes = packagesOf(image).filter(({ type, name }) => type === "npm" && /^node-linux-/.test(name));
  // Node.js' own images have no record of a package, but its headers.
  const header = textOf(image, "/usr/local/include/node/node_version.h") ?? "";
  const [, major] = /^#define NODE_MAJOR_VERSION (\d+)$/m.exec(header) ?? [];
  return [
    ...(id ? [`${id} ${version}`] : []),
    ...new Set(pythons.filter((one) => one !== undefined).map((one) => `python ${one}`)),
    ...new Set(
      [...nodes.map((one) => one.version.split(".")[0]), major].flatMap((one) => (one ? [`node ${one}`] : [])),
    ),
  ];
}
