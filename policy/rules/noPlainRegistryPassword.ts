import { ALWAYS, each, type Resource, rule } from "../rule";
import { isSecret } from "../secrets";

export const noPlainRegistryPassword = rule({
  name: "no-plain-registry-password",
  description: "No registry's password is anything but a Pulumi secret.",
  severity: "critical",
  source: "NIST 4.2.3",
  levels: ALWAYS,
  remedy: "make it a secret, or leave it to Docker's credential helpers: it stands in the state in plain text",
  on: (resource) => {
    const logins = loginsOf(resource);
    return logins.length > 0 ? logins : undefined;
  },
  *check(logins) {
    yield* each(logins, function* ({ path, login, key = "password" }) {
      if (login[key] && !isSecret(login, key)) yield `${path}${key} is in plain text`;
    });
  },
});

type Login = Readonly<Record<string, string | undefined>>;

/** Where resources take a registry's credentials; other resources of @pulumi/docker make a secret of any password. */
function loginsOf({ type, props }: Resource): { path: string; login: Login; key?: string }[] {
  switch (type) {
    case "docker:index/image:Image":
      return props.registry ? [{ path: "registry.", login: props.registry }] : [];
    case "docker-build:index:Image":
      return (props.registries ?? []).map((login: Login, i: number) => ({ path: `registries[${i}].`, login }));
    case "pulumi:providers:cronium":
      return [{ path: "", login: props, key: "registryPassword" }];
    default:
      return [];
  }
}
