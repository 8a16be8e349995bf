import { isNamed, resolveDockerHost } from "../docker/host";
import { CliError } from "./errors";
import { stateDir } from "./paths";
import { backendUrl } from "./pulumi";
import { dockerSettings, plainSetting } from "./settings";

/**
 * A shared environment is where its caller says it is: this machine's own state and engine would be another one of the
 * same name.
 * @param settings the text of the stack's settings
 * @throws CliError that names all that is missing
 */
export function requireShared(settings: string, stack: string, usesEngine: boolean, env = process.env): void {
  if (plainSetting(settings, "cronium:shared") !== "true") return;
  const own = backendUrl(stateDir(env), {});
  const missing = [
    ...(env.PULUMI_BACKEND_URL && env.PULUMI_BACKEND_URL !== own ? [] : ["PULUMI_BACKEND_URL (where its state is)"]),
    ...(!usesEngine || isNamed(resolveDockerHost(dockerSettings(settings))) ? [] : ["DOCKER_HOST (its engine)"]),
  ];
  if (missing.length === 0) return;
  throw new CliError(
    `stack ${stack} is shared (cronium:shared), and its caller's environment lacks ${missing.join(" and ")}: set what is missing`,
  );
}
