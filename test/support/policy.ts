import * as sdk from "@pulumi/policy";
import { type PolicyResource, Secret, type StackValidationArgs } from "@pulumi/policy";
import type { Environment } from "../../policy/environment";
import { toPolicy } from "../../policy/policy";
import type { Rule } from "../../policy/rule";
import { rules } from "../../policy/rules/index";
import { unwrap } from "../../policy/secrets";

/** A resource as a program makes it; a {@link Secret} among its properties is a Pulumi secret. */
export interface Given {
  type: string;
  name: string;
  props: Record<string, unknown>;
  protect?: boolean;
  /** By property, what its value comes from. */
  from?: Record<string, Given[]>;
}

/** One broken field of a resource that keeps all rules, and what the pack says of it. */
export interface Case {
  rule: string;
  /** Staging unless the rule is off there. */
  environment?: Environment;
  stack: Given[];
  messages: string[];
}

/** A case of a resource alone. */
export function breaks(rule: string, given: Given, props: Record<string, unknown>, ...messages: string[]): Case {
  return { rule, stack: [change(given, props)], messages };
}

/** A resource with other properties; undefined leaves one out. */
export function change(given: Given, props: Record<string, unknown>): Given {
  const kept = Object.entries({ ...given.props, ...props }).filter(([, value]) => value !== undefined);
  return { ...given, props: Object.fromEntries(kept) };
}

export { Secret };

/** What a preview shows for a value that it cannot know, as the engine sends it. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

interface Options {
  environment?: Environment;
  today?: string;
  settings?: Record<string, object>;
}

/** Everything that the pack says of a stack, each line after its rule's name, as the SDK would run it. */
export function violations(stack: Given[], options: Options = {}): string[] {
  const found: string[] = [];
  const resources = toResources(stack);
  for (const rule of rules) found.push(...run(rule, resources, options).map((message) => `${rule.name}: ${message}`));
  return found;
}

function run(rule: Rule, resources: PolicyResource[], options: Options): string[] {
  const { environment = "staging", today = "2026-01-01", settings = {} } = options;
  const policy = toPolicy(rule, environment, today);
  if (policy.enforcementLevel === "disabled") return [];
  const messages: string[] = [];
  const report = (message: string) => messages.push(message);
  const attempt = (validate: () => void) => {
    try {
      validate();
    } catch (error) {
      if (error instanceof NotApplicable) return;
      if (!(error instanceof Error && "unknownTypeSentinel" in error)) throw error;
      messages.push(error.message);
    }
  };
  const getConfig = () => settings[rule.name] ?? {};
  if ("validateStack" in policy) {
    attempt(() => policy.validateStack({ resources, getConfig } as unknown as StackValidationArgs, report));
    return messages;
  }
  for (const resource of resources) {
    const validate = policy.validateResource as (args: object, report: (message: string) => void) => void;
    const notApplicable = () => {
      throw new NotApplicable();
    };
    attempt(() => validate({ ...resource, getConfig, notApplicable }, report));
  }
  return messages;
}

class NotApplicable extends Error {}

function toResources(stack: Given[]): PolicyResource[] {
  const made = new Map<Given, PolicyResource>();
  for (const given of stack) {
    const { type, name, props, protect = false } = given;
    const urn = `urn:pulumi:prod::project::${type}::${name}`;
    const known = (sdk as unknown as { unknownCheckingProxy(props: unknown): Record<string, unknown> })
      .unknownCheckingProxy;
    made.set(given, { type, name, urn, props: known(unwrap(props)), opts: { protect } } as PolicyResource);
  }
  for (const [given, resource] of made) {
    const sources = Object.entries(given.from ?? {}).map(([key, list]) => [
      key,
      list.flatMap((from) => made.get(from) ?? []),
    ]);
    resource.propertyDependencies = Object.fromEntries(sources);
  }
  return [...made.values()];
}
