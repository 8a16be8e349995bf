import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { FORMER_AUTHORITIES } from "./former-authorities";
import { type ImageContents, lookup } from "./image";

/** Where distributions keep the one file with all certificate authorities (Go's crypto/x509 has the same list). */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** The certificates of the image's bundle, and the numbers of those that do not parse; undefined without a bundle. */
export function certificatesOf(
  image: ImageContents,
): { path: string; certificates: X509Certificate[]; broken: number[] } | undefined {
  const path = BUNDLES.find((candidate) => lookup(image, candidate));
  const bytes = path && lookup(image, path)?.entry.bytes;
  if (!path || !bytes) return undefined;
  const found = parsed.get(bytes) ?? parse(bytes.toString("latin1"));
  parsed.set(bytes, found);
  return { path, ...found };
}

/** More than one check looks at a bundle, which takes long to parse. */
const parsed = new WeakMap<Buffer, ReturnType<typeof parse>>();

function parse(text: string): { certificates: X509Certificate[]; broken: number[] } {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?(-----END CERTIFICATE-----|$)/g) ?? [];
  const certificates: X509Certificate[] = [];
  const broken: number[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      certificates.push(new X509Certificate(block));
    } catch {
      broken.push(index + 1);
    }
  }
  return { certificates, broken };
}

let known: ReadonlySet<string> | undefined;

/** Whether an authority is of Mozilla's list, as Node.js has it or as Debian has it. */
export function isPublic(certificate: X509Certificate): boolean {
  known ??= new Set([
    ...FORMER_AUTHORITIES.map(([, sha256]) => sha256),
    ...rootCertificates.map((pem) => sha256Of(new X509Certificate(pem))),
  ]);
  return known.has(sha256Of(certificate));
}

function sha256Of({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(":", "").toLowerCase();
}
