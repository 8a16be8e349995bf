import type { EnforcementLevel, PolicyResource, ResourceValidationArgs, Severity } from "@pulumi/policy";
import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema";
import type { Environment } from "./environment";

/** A resource as a rule sees it: before it is made, with its inputs; what is not known yet throws when it is read. */
export type Resource = Pick<ResourceValidationArgs, "type" | "name" | "urn" | "props" | "opts">;

export type Levels = Readonly<Record<Environment, EnforcementLevel>>;

/** What every rule says of itself. */
export interface RuleInfo {
  /** Kebab case of the rule's file name; what configuration and messages call it. */
  name: string;
  /** What holds when the rule is kept. */
  description: string;
  severity: Severity;
  /**
   * Where the rule comes from: `CIS` is the CIS Docker Benchmark 1.6.0, `NIST` SP 800-190, `OWASP D` the Docker Top 10,
   * `OWASP ASVS` the standard's version 5.0; `practice` is in none of them.
   */
  source: string;
  levels: Levels;
  /** What to do about a violation, in the imperative. */
  remedy: string;
  /** The schema of the rule's own settings, each with its default. */
  settings?: Readonly<Record<string, PolicyConfigJSONSchema>>;
}

/** A rule about one resource. */
export interface ResourceRule<Settings = object> extends RuleInfo {
  /** One sentence a problem: which property has which value; undefined when the rule is not about such a resource. */
  check(resource: Resource, settings: Settings): Iterable<string> | undefined;
}

/** A rule about resources that only all of a stack together show; it sees their outputs. */
export interface StackRule<Settings = object> extends RuleInfo {
  checkStack(stack: readonly PolicyResource[], settings: Settings): Iterable<StackProblem>;
}

export interface StackProblem {
  resource: Pick<PolicyResource, "name" | "urn" | "props">;
  problem: string;
}

export type Rule = ResourceRule | StackRule;

/** A rule about those resources that `on` finds something in. */
export function rule<Subject, Settings>(
  info: RuleInfo & {
    on(resource: Resource): Subject | undefined;
    check(subject: Subject, settings: Settings, resource: Resource): Iterable<string>;
  },
): ResourceRule {
  const { on, check, ...rest } = info;
  return {
    ...rest,
    check(resource, settings) {
      const subject = on(resource);
      return subject === undefined ? undefined : check(subject, settings as Settings, resource);
    },
  };
}

/** As {@link rule}, over all resources of a stack. */
export function stackRule<Settings>(
  info: RuleInfo & { checkStack(stack: readonly PolicyResource[], settings: Settings): Iterable<StackProblem> },
): StackRule {
  return info as StackRule;
}

const levels = (dev: EnforcementLevel, staging: EnforcementLevel, prod: EnforcementLevel): Levels => ({
  dev,
  staging,
  prod,
});

/** Nothing is worth breaking these for. */
export const ALWAYS = levels("mandatory", "mandatory", "mandatory");
/** A laptop may do without. */
export const SHARED = levels("advisory", "mandatory", "mandatory");
/** Worth saying everywhere, and a must where users are. */
export const ADVISED = levels("advisory", "advisory", "mandatory");
/** What only production needs. */
export const PRODUCTION = levels("disabled", "disabled", "mandatory");

/** The schema of a setting that is a list of names or patterns. */
export function names(fallback: string[], description: string): PolicyConfigJSONSchema {
  return { type: "array", items: { type: "string" }, default: fallback, description };
}

/** Whether a name matches one of the patterns, in which `*` stands for anything. */
export function matches(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const source = pattern
      .split("*")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*");
    return new RegExp(`^${source}$`).test(name);
  });
}

/** Checks every element, also those after one that is not known yet; that one is reported last. */
export function* each<T>(
  list: readonly T[] | undefined,
  check: (element: T, index: number) => Iterable<string>,
): Iterable<string> {
  let unknown: unknown;
  for (let index = 0; index < (list?.length ?? 0); index++) {
    try {
      yield* check((list as readonly T[])[index] as T, index);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      unknown ??= error;
    }
  }
  if (unknown) throw unknown;
}

/** As {@link each}, over resources. */
export function* eachResource(
  stack: readonly PolicyResource[],
  check: (resource: PolicyResource) => Iterable<string>,
): Iterable<StackProblem> {
  let unknown: unknown;
  for (const resource of stack) {
    try {
      for (const problem of check(resource)) yield { resource, problem };
    } catch (error) {
      if (!isUnknown(error)) throw error;
      error.props.unshift(resource.name);
      unknown ??= error;
    }
  }
  if (unknown) throw unknown;
}

/** Whether an error is the SDK's for a value that a preview cannot know. */
export function isUnknown(error: unknown): error is Error & { props: string[] } {
  return error instanceof Error && "unknownTypeSentinel" in error;
}
