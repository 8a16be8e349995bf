import { sep } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { MockResourceArgs } from "@pulumi/pulumi/runtime";

/** What each random password is. */
export const RESULT = "r".repeat(64);

/** A resource as the program registered it. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

/**
 * Runs the whole program against Pulumi's mocks.
 * @param config the stack's configuration, keys with their namespace
 * @param secretKeys those of its keys that were set with --secret
 * @returns every resource but the stack itself, sorted by type and name, the names of those that are protected, and the
 * stack's outputs, resolved
 * @throws what the program throws
 */
export async function runProgram(
  config: Record<string, string>,
  secretKeys: string[] = [],
): Promise<{ resources: Registered[]; protect: string[]; outputs: Record<string, unknown> }> {
  const resources: Registered[] = [];
  const protect: string[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }: MockResourceArgs) => {
        resources.push({ type, name, inputs: plain(inputs) as Record<string, unknown> });
        return { id: id || `${name}-id`, state: { ...inputs, ...computed(type, name, inputs) } };
      },
      call: ({ token }) => {
        throw new Error(`unexpected invoke of ${token}`);
      },
    },
    "cronium",
    "unit",
    false,
    "organization",
  );
  // Mocks are not told of options.
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, ...rest) => {
    if (request.getProtect()) protect.push(`${request.getType()} ${request.getName()}`);
    return register(request, ...rest);
  };
  pulumi.runtime.setAllConfig(config, secretKeys);
  process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(secretKeys);
  forgetProgram();
  const exported = require("../../index") as Record<string, unknown>;
  const outputs = await resolved(exported);
  await pulumi.runtime.disconnect();
  const order = ({ type, name }: Registered) => `${type} ${name}`;
  return { resources: resources.sort((a, b) => order(a).localeCompare(order(b))), protect: protect.sort(), outputs };
}

interface Monitor {
  registerResource(
    request: { getProtect(): boolean; getType(): string; getName(): string },
    ...rest: readonly unknown[]
  ): unknown;
}

/** What the engines would compute, made up from the name, so that the flow of outputs into inputs can be asserted. */
function computed(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (type) {
    case "cronium:index:BuilderRoot":
      return {
        ref: `${inputs.repository}:latest`,
        imageId: `sha256:${name}`,
        contentDigest: `sha256:content-${name}`,
        origin: "bootstrap",
      };
    case "cronium:index:Image": {
      const contentTag = `${inputs.repository}:sha-${name}`;
      const digest = inputs.push ? `sha256:pushed-${name}` : (String(inputs.from ?? "").split("@")[1] ?? null);
      return {
        contentTag,
        digest,
        ref: inputs.from ?? (inputs.push ? `${inputs.push}@${digest}` : contentTag),
        tags: [...(inputs.tags as string[]), contentTag].sort(),
        layers: [{ digest: `sha256:layer-${name}`, sizeBytes: 1 }],
        imageId: `sha256:${name}`,
        contentDigest: `sha256:content-${name}`,
        sizeBytes: 1,
      };
    }
    case "random:index/randomPassword:RandomPassword":
      return { result: RESULT };
    default:
      return {};
  }
}

function forgetProgram(): void {
  const root = pulumi.runtime.getProject() && `${process.cwd()}${sep}`;
  for (const path of Object.keys(require.cache)) {
    const own = path.startsWith(root) && !path.includes(`${sep}node_modules${sep}`);
    if (own && !path.startsWith(`${root}test${sep}`)) delete require.cache[path];
  }
}

function resolved(exported: Record<string, unknown>): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    pulumi.output(exported).apply((values) => resolve(plain(values) as Record<string, unknown>));
  });
}

/** Plain JSON: absent keys are absent, as they are on the wire, and a Pulumi secret is `{ secret: value }`. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, inner) => (isSecret(inner) ? { secret: inner.value } : inner)));
}

function isSecret(value: unknown): value is { value: unknown } {
  return typeof value === "object" && value !== null && SIGNATURE in value;
}

/** The key that marks a special value on Pulumi's wire (pulumi/pulumi, sdk/nodejs/runtime/rpc.ts). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
