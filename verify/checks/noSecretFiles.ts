import { posix } from "node:path";
import { type Check, CIS, NIST, verdict } from "../check";

/** Where credentials are kept, by the tools that keep them there. */
const NAMES =
  /^(id_(rsa|dsa|ecdsa|ed25519)|\.netrc|\.pgpass|\.git-credentials|\.npmrc|\.pypirc|\.env(\..+)?|.*\.(p12|pfx|jks|keystore)|credentials(\.json)?|\.dockercfg|shadow-?|\.htpasswd|kubeconfig|.*_history)$/;

/** Texts that are secrets wherever they are: keys, and tokens with a telling prefix. */
const TEXTS: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{32}/, "a private key"],
  [/\b(ghp|gho|ghs|ghr)_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{60,}/, "a GitHub token"],
  [/\bglpat-[A-Za-z0-9_-]{20}\b/, "a GitLab token"],
  [/\bAKIA[0-9A-Z]{16}\b/, "an AWS access key"],
  [/\bxox[abprs]-[0-9A-Za-z-]{20,}/, "a Slack token"],
  [/\bnpm_[A-Za-z0-9]{36}\b/, "an npm token"],
  [/\bpul-[0-9a-f]{40}\b/, "a Pulumi token"],
  [/\/\/[^\s:/@]+\/?:_(authToken|password)=\S+/, "a registry's password"],
];

export const noSecretFiles: Check = {
  id: "no-secret-files",
  proves: "No file is named like a credential store or holds a private key or token, in any layer.",
  source: `${CIS.secrets}, ${NIST.secrets}`,
  check: (image) => {
    // A file that a higher layer replaces can still be read.
    const files = image.layers.flatMap(({ entries }) => [...entries].filter(([, { type }]) => type === "file"));
    const violations = files.flatMap(([path, { bytes, size }]) => {
      if (NAMES.test(posix.basename(path)) && size > 0) return [`${path} has the name of a credential store`];
      const text = bytes?.includes(0) ? "" : (bytes?.toString("latin1") ?? "");
      return TEXTS.filter(([pattern]) => pattern.test(text)).map(([, what]) => `${path} holds ${what}`);
    });
    return verdict(violations, `${files.length} files`);
  },
};
