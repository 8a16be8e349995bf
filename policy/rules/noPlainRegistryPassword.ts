import { service } from "../resources";
import { ALWAYS, each, type Resource, rule } from "../rule";
import { isSecret } from "../secrets";

export const noPlainRegistryPassword = rule({
  name: "no-plain-registry-password",
  description: "No registry's password is anything but a Pulumi secret.",
  severity: "critical",
  source: "NIST 4.2.3",
  levels: ALWAYS,
  remedy: "make it a secret, or leave it to Docker's credential helpers: it stands in the state in plain text",
  on: loginsOf,
  *check(logins) {
    yield* each(logins, function* ({ path, login, key = "password" }) {
      if (login[key] && !isSecret(login, key)) yield `${path}${key} is in plain text`;
    });
  },
});

type Login = Readonly<Record<string, string | undefined>>;

/** Where each type of resource takes a registry's credentials; the Docker provider's own are secret whatever one does. */
function loginsOf(resource: Resource): { path: string; login: Login; key?: string }[] {
  const { type, props } = resource;
  const one = (path: string, login: Login | undefined) => (login ? [{ path: `${path}.`, login }] : []);
  const list = (path: string, logins: readonly Login[] = []) =>
    logins.map((login, i) => ({ path: `${path}[${i}].`, login }));
  switch (type) {
    case "docker:index/image:Image":
      return one("registry", props.registry);
    case "docker:index/registryImage:RegistryImage":
      return one("authConfig", props.authConfig);
    case "docker-build:index:Image":
      return list("registries", props.registries);
    case "pulumi:providers:cronium":
      return [{ path: "", login: props, key: "registryPassword" }];
    default:
      return one("auth", service(resource)?.auth);
  }
}
