import type { Policies, PolicyConfigSchema, ReportViolation } from "@pulumi/policy";
import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema";
import type { Environment } from "./environment";
import { isUnknown, matches, type Rule, type StackProblem } from "./rule";
import { redact } from "./secrets";

/** A rule as Pulumi's SDK takes it, with the level of an environment, and with exceptions as they are on a day. */
export function toPolicy(rule: Rule, environment: Environment, today: string): Policies[number] {
  const policy = {
    name: rule.name,
    description: rule.description,
    severity: rule.severity,
    enforcementLevel: rule.levels[environment],
    remediationSteps: rule.remedy,
    tags: [rule.source],
    configSchema: configSchema(rule),
  };
  const judge = (settings: Settings, resource: StackProblem["resource"], problem: string, report: ReportViolation) => {
    const message = `${redact(problem, resource.props)}: ${rule.remedy} (${rule.source})`;
    const exceptions = settings.exceptions.filter(
      ({ resource: pattern }) => matches(resource.name, [pattern]) || matches(resource.urn, [pattern]),
    );
    if (exceptions.some(({ until }) => until >= today)) return;
    const ended = exceptions.map(({ reason, until }) => `; the exception for it (${reason}) ended on ${until}`);
    report(message + ended.join(""), resource.urn);
  };
  if ("check" in rule) {
    return {
      ...policy,
      validateResource: (resource, report) =>
        atUp(() => {
          const settings = withDefaults(rule, resource.getConfig());
          const problems = rule.check(resource, settings) ?? resource.notApplicable();
          for (const problem of problems) judge(settings, resource, problem, report);
        }),
    };
  }
  return {
    ...policy,
    validateStack: (stack, report) =>
      atUp(() => {
        const settings = withDefaults(rule, stack.getConfig());
        for (const { resource, problem } of rule.checkStack(stack.resources, settings)) {
          judge(settings, resource, problem, report);
        }
      }),
  };
}

interface Exception {
  /** A resource's name or URN; `*` stands for anything. */
  resource: string;
  reason: string;
  /** The last day on which it holds, YYYY-MM-DD. */
  until: string;
}

interface Settings {
  exceptions: readonly Exception[];
}

const exceptions: PolicyConfigJSONSchema = {
  type: "array",
  description: "resources that may break the rule, each for a reason and until a day",
  default: [],
  items: {
    type: "object",
    properties: {
      resource: { type: "string", minLength: 1, description: "name or URN; * stands for anything" },
      reason: { type: "string", minLength: 10, description: "why, for the reader of the next review" },
      until: {
        type: "string",
        pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$",
        description: "the last day",
      },
    },
    required: ["resource", "reason", "until"],
    additionalProperties: false,
  },
};

function configSchema({ settings }: Rule): PolicyConfigSchema {
  return { properties: { ...settings, exceptions } };
}

function withDefaults(rule: Rule, given: object): Settings {
  const defaults: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(configSchema(rule).properties)) defaults[key] = schema.default;
  return { ...defaults, ...given } as unknown as Settings;
}

/** The SDK turns the error of a value that is not known yet into an advisory line, of which this says the rest. */
function atUp(validate: () => void): void {
  try {
    validate();
  } catch (error) {
    if (isUnknown(error)) error.message = `${error.props.join(".")} is not known yet; checked at up`;
    throw error;
  }
}
