import { RunError } from "@pulumi/pulumi/errors.js";

/** What a stack is for; every rule has an enforcement level for each. */
export type Environment = (typeof ENVIRONMENTS)[number];

export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;

/** The pack's name, and the namespace of its one stack setting, `docker-hardening:environment`. */
export const PACK = "docker-hardening";

/**
 * The environment of the stack that a policy process is started for: the setting, else a word of the stack's name
 * (`dev`, `prod-eu`, `team.staging`), else staging: as strict as prod, but for what only lasting data needs.
 * @param env the variables in which a language host tells a policy pack about the stack
 * @throws RunError when the setting names no environment
 */
export function environmentOf(env: NodeJS.ProcessEnv): Environment {
  const setting = `${PACK}:environment`;
  const config = JSON.parse(env.PULUMI_CONFIG || "{}") as Record<string, string>;
  const set = config[setting];
  if (set !== undefined) {
    const found = ENVIRONMENTS.find((environment) => environment === set);
    if (!found) throw new RunError(`${setting}: "${set}" is not valid; expected ${ENVIRONMENTS.join(", ")}`);
    return found;
  }
  const words = (env.PULUMI_NODEJS_STACK ?? "").toLowerCase().split(/[^a-z0-9]+/);
  return ENVIRONMENTS.find((environment) => words.includes(environment)) ?? "staging";
}
