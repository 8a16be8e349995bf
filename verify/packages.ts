import { posix } from "node:path";
import { type ImageContents, lookup, textOf } from "./image";

/** A package that an image says it has. */
export interface Package {
  type: "deb" | "pypi" | "npm";
  name: string;
  version: string;
  /** Of Debian packages. */
  architecture?: string;
  /** As the package declares it; npm's are SPDX expressions. */
  license?: string;
  /** The file that says so. */
  record: string;
}

/**
 * The packages in an image, by their own records: dpkg's (status.d, as in images without dpkg, or status), Python's
 * dist-info and egg-info, and each package.json with a name and a version. Sorted by type, name and version.
 */
export function packagesOf(image: ImageContents): Package[] {
  const found = [...image.files.keys()].flatMap((path) => packagesIn(image, path));
  const byKey = new Map(found.map((one) => [`${one.type} ${one.name} ${one.version}`, one]));
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** The MD5 sum of each file that a Debian package's record claims, by path. */
export function debianSums(image: ImageContents): Map<string, string> {
  const sums = new Map<string, string>();
  for (const path of image.files.keys()) {
    if (!/^\/var\/lib\/dpkg\/(status\.d|info)\/[^/]+\.md5sums$/.test(path)) continue;
    for (const line of (textOf(image, path) ?? "").split("\n")) {
      const [, sum, name] = /^([0-9a-f]{32}) {2}(.+)$/.exec(line) ?? [];
      // Debian's lists name /lib where /usr is merged; what counts is where that leads.
      if (sum && name) sums.set(lookup(image, `/${name}`)?.path ?? `/${name}`, sum);
    }
  }
  return sums;
}

/** The package URL (purl-spec) of a package. */
export function purlOf({ type, name, version, architecture }: Package, debian?: string): string {
  const escaped = name.split("/").map(encodeURIComponent).join("/");
  if (type !== "deb") return `pkg:${type}/${escaped}@${encodeURIComponent(version)}`;
  const qualifiers = [`arch=${architecture}`, ...(debian ? [`distro=debian-${debian}`] : [])];
  return `pkg:deb/debian/${escaped}@${encodeURIComponent(version)}?${qualifiers.join("&")}`;
}

/** A field of /etc/os-release. */
export function osRelease(image: ImageContents, field: string): string | undefined {
  const text = textOf(image, "/etc/os-release") ?? textOf(image, "/usr/lib/os-release") ?? "";
  return new RegExp(`^${field}="?([^"\n]*)"?$`, "m").exec(text)?.[1];
}

function packagesIn(image: ImageContents, path: string): Package[] {
  if (/^\/var\/lib\/dpkg\/(status|status\.d\/[^/]+)$/.test(path) && !path.endsWith(".md5sums")) {
    return (textOf(image, path) ?? "").split(/\n\n+/).flatMap((record) => debianPackage(record, path));
  }
  const name = posix.basename(path);
  if (name === "package.json") return npmPackage(textOf(image, path) ?? "", path);
  const metadata = /\.dist-info\/METADATA$|\.egg-info(\/PKG-INFO)?$/;
  return metadata.test(path) ? pythonPackage(textOf(image, path) ?? "", path) : [];
}

function debianPackage(record: string, path: string): Package[] {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(record)?.[1];
  const [name, version, status] = [field("Package"), field("Version"), field("Status")];
  if (!name || !version || (status && !status.endsWith(" installed"))) return [];
  return [{ type: "deb", name, version, architecture: field("Architecture") ?? "all", record: path }];
}

function pythonPackage(text: string, path: string): Package[] {
  const [head = ""] = text.split("\n\n");
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(head)?.[1];
  const [name, version, license] = [field("Name"), field("Version"), field("License-Expression")];
  // PEP 503's normal form, which package URLs use too.
  const normal = name?.toLowerCase().replace(/[-_.]+/g, "-");
  return normal && version ? [{ type: "pypi", name: normal, version, ...(license && { license }), record: path }] : [];
}

function npmPackage(text: string, path: string): Package[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [];
  }
  const { name, version, license } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || typeof version !== "string") return [];
  return [{ type: "npm", name, version, ...(typeof license === "string" && { license }), record: path }];
}
