import { credentialIn, isSecretName } from "../credentials";
import { container } from "../resources";
import { ALWAYS, each, rule } from "../rule";
import { isSecret } from "../secrets";

export const noPlainSecretUpload = rule({
  name: "no-plain-secret-upload",
  description: "No secret is uploaded to a container from a value that is no Pulumi secret.",
  severity: "critical",
  source: "NIST 4.1.4",
  levels: ALWAYS,
  remedy: "make the content a secret: it stands in the state and in previews in plain text",
  on: container,
  *check({ uploads }) {
    yield* each(uploads, function* (upload, i) {
      const key = upload.contentBase64 === undefined ? "content" : "contentBase64";
      const content = upload[key];
      if (content === undefined || isSecret(upload, key)) return;
      if (isSecretFile(upload.file) || credentialIn(content))
        yield `uploads[${i}].${key} of ${upload.file} is in plain text`;
    });
  },
});

function isSecretFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return path.startsWith("/run/secrets/") || isSecretName(name.replace(/\.\w+$/, "")) || /\.(key|p12|pfx)$/.test(name);
}
