import { credentialIn, isSecretName } from "../credentials";
import { image, ofType } from "../resources";
import { ALWAYS, each, type Resource, rule } from "../rule";

export const noSecretBuildArg = rule({
  name: "no-secret-build-arg",
  description: "No secret is a build argument: it stays in the image's history.",
  severity: "critical",
  source: "CIS 4.10",
  levels: ALWAYS,
  remedy: "mount it in the RUN that needs it (RUN --mount=type=secret)",
  on: buildArgsOf,
  *check({ path, args }) {
    yield* each(Object.keys(args), function* (name) {
      if (isSecretName(name)) yield `${path}.${name} is a secret by its name`;
      const kind = credentialIn(args[name] ?? "");
      if (kind) yield `${path}.${name} has ${kind}`;
    });
  },
});

type Args = Readonly<Record<string, string>>;

function buildArgsOf(resource: Resource): { path: string; args: Args } | undefined {
  const classic = ofType<{ build?: { args?: Args } }>("docker:index/image:Image")(resource);
  if (classic) return { path: "build.args", args: classic.build?.args ?? {} };
  const args = (image(resource) ?? ofType<{ buildArgs?: Args }>("docker-build:index:Image")(resource))?.buildArgs;
  return args && { path: "buildArgs", args };
}
