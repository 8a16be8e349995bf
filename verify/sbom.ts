import { createHash } from "node:crypto";
import { type Entry, filesOf, type ImageContents, labelsOf } from "./image";
import { debianSums, osRelease, type Package, packagesOf, purlOf } from "./packages";

/** Where an image of this project has its own SBOM. */
export const SBOM_PATH = "/usr/share/sbom/image.spdx.json";

/** The parts of an SPDX 2.3 document (JSON serialization) that this project writes. */
export interface Spdx {
  spdxVersion: "SPDX-2.3";
  dataLicense: "CC0-1.0";
  SPDXID: "SPDXRef-DOCUMENT";
  name: string;
  documentNamespace: string;
  creationInfo: { created: string; creators: string[] };
  packages: SpdxPackage[];
  files: SpdxFile[];
  relationships: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }[];
}

export interface SpdxPackage {
  SPDXID: string;
  name: string;
  versionInfo?: string;
  downloadLocation: string;
  filesAnalyzed: false;
  licenseDeclared?: string;
  primaryPackagePurpose?: string;
  externalRefs?: SpdxReference[];
}

export interface SpdxReference {
  referenceCategory: "PACKAGE-MANAGER" | "SECURITY";
  referenceType: "purl" | "cpe23Type";
  referenceLocator: string;
}

export interface SpdxFile {
  SPDXID: string;
  fileName: string;
  checksums: { algorithm: string; checksumValue: string }[];
}

/**
 * Describes an image as SPDX 2.3: its packages by their own records, and each file that no Debian package's sums vouch
 * for. The same image gives the same document.
 */
export function spdxOf(image: ImageContents): Spdx {
  const { "org.opencontainers.image.title": title, "org.opencontainers.image.version": version } = labelsOf(image);
  const name = title ?? image.reference;
  const debian = osRelease(image, "ID") === "debian" ? osRelease(image, "VERSION_ID") : undefined;
  const packages = packagesOf(image).map((one) => packageEntry(one, debian));
  const files = unvouchedFiles(image).map(([path, sums], index) => fileEntry(path, sums, index));
  const own: SpdxPackage = {
    ...entry("SPDXRef-Image", name),
    ...(version !== undefined && { versionInfo: version }),
    primaryPackagePurpose: "CONTAINER",
  };
  const contained = packages.map(({ SPDXID }) => ({
    spdxElementId: own.SPDXID,
    relationshipType: "CONTAINS",
    relatedSpdxElement: SPDXID,
  }));
  const body = { packages: [own, ...packages], files, relationships: [DESCRIBES, ...contained] };
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name,
    documentNamespace: `urn:uuid:${uuidOf(JSON.stringify(body))}`,
    creationInfo: {
      created: image.config.created?.replace(/\.\d+/, "") ?? "1970-01-01T00:00:00Z",
      creators: ["Tool: cronium"],
    },
    ...body,
  };
}

/** The files that no Debian package's sums list, but for the document, which cannot list itself; sorted by path. */
export function unvouchedFiles(image: ImageContents): [path: string, entry: Entry][] {
  const vouched = debianSums(image);
  return filesOf(image)
    .filter(([path]) => !vouched.has(path) && path !== SBOM_PATH)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

const DESCRIBES = {
  spdxElementId: "SPDXRef-DOCUMENT",
  relationshipType: "DESCRIBES",
  relatedSpdxElement: "SPDXRef-Image",
};

function packageEntry(one: Package, debian: string | undefined): SpdxPackage {
  const id = `SPDXRef-${one.type}-${one.name}-${one.version}`.replace(/[^A-Za-z0-9.-]+/g, "-");
  return {
    ...entry(id, one.name),
    versionInfo: one.version,
    ...(one.type === "npm" &&
      one.license &&
      /^[A-Za-z0-9.+() -]+$/.test(one.license) && { licenseDeclared: one.license }),
    externalRefs: [
      { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purlOf(one, debian) },
      // Scanners know Node.js itself by this name alone.
      ...(one.type === "npm" && one.name.startsWith("node-linux-")
        ? [
            {
              referenceCategory: "SECURITY" as const,
              referenceType: "cpe23Type" as const,
              referenceLocator: cpeOf(one),
            },
          ]
        : []),
    ],
  };
}

function cpeOf({ version }: Package): string {
  return `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`;
}

function fileEntry(path: string, { sha1, sha256 }: Entry, index: number): SpdxFile {
  return {
    SPDXID: `SPDXRef-File-${index}`,
    fileName: `.${path}`,
    checksums: [
      { algorithm: "SHA1", checksumValue: sha1 ?? "" },
      { algorithm: "SHA256", checksumValue: sha256 ?? "" },
    ],
  };
}

function entry(SPDXID: string, name: string): SpdxPackage {
  return {
    SPDXID,
    name,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
  };
}

/** A name-based UUID (RFC 9562, version 8) of a text. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
