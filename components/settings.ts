import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** Everything a stack can be told, under `cronium:` in Pulumi.<stack>.yaml. Descriptions double as the remedy in errors. */
const schema = z
  .strictObject({
    namespace: z
      .string()
      .regex(/^([a-z0-9]+(-[a-z0-9]+)*)?$/)
      .max(40)
      .default("")
      .describe(
        "the prefix of repositories, containers, networks and volumes, which keeps two stacks on one engine apart: lower-case letters, digits and single hyphens, at most 40 characters; empty for the plain names",
      ),
    shared: flag(false).describe(
      "true: the caller's environment has to name the state's backend, its passphrase and the engine; false: there are defaults",
    ),
    images: z
      .enum(["build", "push", "promoted"])
      .default("build")
      .describe(
        "build (on the engine), push (built, and pushed to cronium:registry) or promoted (pulled by cronium:digests; nothing is built)",
      ),
    registry: z
      .string()
      .regex(/^[a-zA-Z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/)
      .optional()
      .describe(
        "the registry that images are pushed to, and that user and password are for: a host, with port and path if it has them, such as registry.example.com:5000/team",
      ),
    registryUser: z
      .string()
      .min(1)
      .optional()
      .describe("the registry's user, with registryPassword; unset: Docker's own credentials (docker login, helpers)"),
    registryPassword: z
      .string()
      .min(1)
      .optional()
      .describe(
        "the registry user's password or token, set with: pulumi config set --secret cronium:registryPassword; only with registry and registryUser",
      ),
    digests: json(z.record(z.string(), reference()))
      .optional()
      .describe(
        "the images to run, a map of names to repository@sha256:<64 hex digits>, written by: cronium promote; only with images promoted",
      ),
    builderRoot: z
      .union([z.enum(["auto", "bootstrap"]), reference()])
      .default("bootstrap")
      .describe(
        "auto, bootstrap (makes the root from Debian's packages) or an image reference with @sha256:<64 hex digits>",
      ),
    builderRootReference: reference()
      .optional()
      .describe("the image reference that builderRoot auto prefers, with @sha256:<64 hex digits>"),
    packagesAsOf: z
      .union([z.iso.date(), z.iso.datetime({ offset: true })])
      .optional()
      .describe(
        'a past moment, in quotes, such as "2026-03-31" or "2026-03-31T08:00:00Z": images hold the packages that the archive had then or later; another moment fetches them anew, written by: cronium outdated --apply',
      ),
    userId: id().describe("the numeric user of every image, 1 to 60000"),
    groupId: id().describe("the numeric group of every image, 1 to 60000"),
    strip: flag(true).describe(
      "true removes Node.js' symbols, false keeps them (18 MB); Debian's programs come without",
    ),
    keepShell: flag(true).describe("true keeps /bin/sh in the python and nodejs images, false leaves it out"),
    extraPackages: json(z.partialRecord(z.enum(["bash", "python", "nodejs"]), z.array(debianPackage())))
      .optional()
      .describe(
        "Debian packages that images have besides their own: a map of bash, python and nodejs to lists of names, such as {bash: [git]}; their files and libraries are added, what else they depend on is named too",
      ),
    extraCa: z
      .string()
      .min(1)
      .optional()
      .describe(
        "a PEM file, relative to Pulumi.yaml, of certificate authorities that builds trust beside the machine's, such as a company proxy's; it is in no image",
      ),
    protect: flag(false).describe(
      "true keeps the runtime API's data and generated secret from being deleted, false lets destroy delete them",
    ),
    jobsSubnet: subnet().describe(
      "the jobs network's subnet in CIDR notation, such as 10.90.0.0/24; unset: the engine chooses",
    ),
    egressSubnet: subnet().describe(
      "the egress network's subnet in CIDR notation, such as 10.91.0.0/24; unset: the engine chooses",
    ),
    logLevel: z
      .enum(["trace", "debug", "info", "warn", "error", "fatal"])
      .default("info")
      .describe("trace, debug, info, warn, error or fatal"),
    rateLimitPerMin: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(1000)
      .describe("requests a minute that one execution may make, 1 to 1000000"),
    secretSource: z
      .enum(["generated", "config"])
      .default("generated")
      .describe("generated (made once and kept in the state) or config (cronium:runtimeApiSecret)"),
    runtimeApiSecret: z
      .string()
      .refine((secret) => Buffer.byteLength(secret) >= 32, { abort: true })
      .optional()
      .describe("at least 32 bytes (RFC 7518, 3.2), set with: pulumi config set --secret cronium:runtimeApiSecret"),
    runtimeApiSecretPrevious: z
      .string()
      .refine((secret) => Buffer.byteLength(secret) >= 32, { abort: true })
      .optional()
      .describe(
        "at least 32 bytes, the secret before runtimeApiSecret, which stays valid, set with: pulumi config set --secret cronium:runtimeApiSecretPrevious; only with secretSource config",
      ),
    secretGeneration: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(1)
      .describe(
        "the number of the generated secret, 1 to 1000000: one more makes a new one, the one before stays valid",
      ),
    retention: z
      .string()
      .regex(/^(\d+(s|m|h|d))+$/)
      .default("7d")
      .describe("how long executions are kept after their tokens expired, such as 12h or 7d"),
    backendUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("the backend's http or https address, which then keeps executions and variables instead of SQLite"),
    backendToken: z
      .string()
      .min(1)
      .optional()
      .describe("the backend's token, set with: pulumi config set --secret cronium:backendToken; only with backendUrl"),
    valkey: flag(false).describe(
      "true puts a Valkey cache in front of the backend, false does not; only with backendUrl",
    ),
  })
  .superRefine((settings, context) => {
    const refuse = (name: keyof typeof settings) =>
      context.addIssue({ code: "custom", path: [name], input: settings[name] });
    if (settings.images === "push" && settings.registry === undefined) refuse("registry");
    if ((settings.images === "promoted") !== (settings.digests !== undefined)) refuse("digests");
    if (settings.registryPassword !== undefined || settings.registryUser !== undefined) {
      for (const name of ["registry", "registryUser", "registryPassword"] as const) {
        if (settings[name] === undefined) refuse(name);
      }
    }
    if (settings.runtimeApiSecretPrevious !== undefined && settings.secretSource !== "config") {
      refuse("runtimeApiSecretPrevious");
    }
    if (settings.backendUrl === undefined) {
      if (settings.backendToken !== undefined) refuse("backendToken");
      if (settings.valkey) refuse("valkey");
    }
    if ((settings.secretSource === "config") !== (settings.runtimeApiSecret !== undefined)) {
      context.addIssue({ code: "custom", path: ["runtimeApiSecret"], input: settings.runtimeApiSecret });
    }
  });

/** Their values never reach a message. */
const SECRETS = ["registryPassword", "runtimeApiSecret", "runtimeApiSecretPrevious", "backendToken"];

/** `docker:` keys that this stack honours; both of its providers get them. */
const dockerSchema = z.strictObject({
  host: z
    .string()
    .regex(/^(unix|tcp|https?|ssh):\/\/.+/)
    .optional()
    .describe(
      "the engine's address, such as unix:///var/run/docker.sock or tcp://host:2376; unset: DOCKER_HOST, Docker's context, the usual sockets",
    ),
  certPath: z
    .string()
    .min(1)
    .optional()
    .describe("the folder of ca.pem, cert.pem and key.pem for a tcp:// host with TLS"),
});

/** What a setting is without a word about it, and what it may be. */
export interface SettingFacts {
  /** With its namespace, as in Pulumi.<stack>.yaml. */
  key: string;
  /** Undefined for none. */
  fallback?: string;
  values: string;
}

/** All settings in the schema's order, for the README. */
export function settingsFacts(): SettingFacts[] {
  const facts = (namespace: string, shape: Readonly<Record<string, z.ZodType>>) =>
    Object.entries(shape).map(([name, type]) => ({
      key: `${namespace}:${name}`,
      ...(type instanceof z.ZodDefault && { fallback: String(type.def.defaultValue) }),
      values: type.description ?? "",
    }));
  return [...facts("cronium", schema.shape), ...facts("docker", dockerSchema.shape)];
}

export type Settings = Readonly<z.infer<typeof schema>> & { readonly docker: Readonly<z.infer<typeof dockerSchema>> };

/**
 * Reads and checks the stack's configuration.
 * @throws pulumi.RunError that lists every unknown, missing or malformed setting with key, value and remedy
 */
export function loadSettings(): Settings {
  // The SDK keeps no public record of which keys are secret; the language host passes them in this variable.
  const secretKeys: string[] = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]");
  const result = parseSettings(pulumi.runtime.allConfig(), (key) => secretKeys.includes(key));
  if ("problems" in result) throw new pulumi.RunError(result.problems.join("\n"));
  return result.settings;
}

/**
 * @param config the flat `namespace:key` map that Pulumi hands to a program; only `cronium:` and `docker:` keys are read
 * @param isSecret tells whether a key was set with --secret: its value then never reaches a message
 */
export function parseSettings(
  config: Readonly<Record<string, string>>,
  isSecret: (key: string) => boolean,
): { settings: Settings } | { problems: string[] } {
  const own = schema.safeParse(keysOf(config, "cronium"));
  const docker = dockerSchema.safeParse(keysOf(config, "docker"));
  const problems = [
    ...(own.error?.issues ?? []).flatMap((issue) => explain("cronium", schema.shape, issue)),
    ...(docker.error?.issues ?? []).flatMap((issue) => explain("docker", dockerSchema.shape, issue)),
  ];
  for (const key of SECRETS.map((name) => `cronium:${name}`)) {
    if (key in config && !isSecret(key)) {
      problems.push(`${key} is in plain text; set it with: pulumi config set --secret ${key}`);
    }
  }
  if (!own.success || !docker.success || problems.length > 0) return { problems };
  return { settings: { ...own.data, docker: docker.data } };

  function explain(namespace: string, shape: Readonly<Record<string, z.ZodType>>, issue: z.core.$ZodIssue): string[] {
    if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
      const known = Object.keys(shape).join(", ");
      return issue.keys.map((key) => `${namespace}:${key} is not a setting of this stack; those there are: ${known}`);
    }
    const name = String(issue.path[0]);
    const key = `${namespace}:${name}`;
    const remedy = `expected ${shape[name]?.description}`;
    if (!(key in config)) return [`${key} is missing: ${remedy}`];
    if (name === "runtimeApiSecret" && issue.code === "custom" && config["cronium:secretSource"] !== "config") {
      return Buffer.byteLength(config[key] ?? "") < 32
        ? [`${key} is too short: ${remedy}`]
        : [
            `${key} is set but cronium:secretSource is generated; set cronium:secretSource to config or remove the secret`,
          ];
    }
    const value = isSecret(key) || SECRETS.includes(name) ? "the secret value" : JSON.stringify(config[key]);
    return [`${key}: ${value} is not valid; ${remedy}`];
  }
}

function keysOf(config: Readonly<Record<string, string>>, namespace: string): Record<string, string> {
  const prefix = `${namespace}:`;
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

function reference() {
  return z.string().regex(/^[^\s@]+@sha256:[0-9a-f]{64}$/);
}

/** As Pulumi hands over what is not a scalar. */
function json<T extends z.ZodType>(schema: T) {
  const parsed = z.string().transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: "custom", input: text });
      return z.NEVER;
    }
  });
  return parsed.pipe(schema);
}

/** Debian Policy 5.6.7, and the suite that apt shall take it from. */
function debianPackage() {
  return z.string().regex(/^[a-z0-9][a-z0-9+.-]+(\/[a-z][a-z-]*)?$/);
}

function id() {
  return z.coerce.number().int().min(1).max(60_000).default(1000);
}

function flag(fallback: boolean) {
  return z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .default(fallback);
}

function subnet() {
  return z.cidrv4().optional();
}
