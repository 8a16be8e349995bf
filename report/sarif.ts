import { createHash } from "node:crypto";
import type { Log, ReportingDescriptor, Result } from "sarif";
import type { Report, Violation } from "./model";

/** Where a violation is shown that belongs to no place in the program, such as one of the whole stack. */
const PROJECT = "Pulumi.yaml";

/** Policy violations for code scanning: SARIF 2.1.0, one run for a stack. */
export function sarif({ policies, stack, project, status, outcome }: Report, version: string): string {
  const ids = [...new Set(policies.violations.map(({ policy }) => policy))];
  const rules = ids.map((id): ReportingDescriptor => {
    const { rule, level, severity } = policies.violations.find(({ policy }) => policy === id) as Violation;
    return {
      id,
      shortDescription: { text: rule },
      defaultConfiguration: { level: levelOf(level) },
      // GitHub orders security findings by it.
      ...(severity && { properties: { tags: ["security"], "security-severity": SCORE[severity] ?? "5.0" } }),
    };
  });
  const log: Log = {
    version: "2.1.0",
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    runs: [
      {
        tool: { driver: { name: "cronium policy", version, rules } },
        automationDetails: { id: `cronium/policy/${project}/${stack}/` },
        invocations: [{ executionSuccessful: outcome !== "failed" && outcome !== "interrupted", exitCode: status }],
        columnKind: "utf16CodeUnits",
        results: policies.violations.map((violation) => resultOf(violation, ids.indexOf(violation.policy))),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

/** Scores in the middle of what CVSS gives these words. */
const SCORE: Readonly<Record<string, string>> = { critical: "9.5", high: "8.0", medium: "5.5", low: "2.0" };

function resultOf({ policy, level, urn, resource, message, location }: Violation, ruleIndex: number): Result {
  const { file, line } = location ?? { file: PROJECT, line: 1 };
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([policy, urn, message]))
    .digest("hex");
  return {
    ruleId: policy,
    ruleIndex,
    level: levelOf(level),
    message: { text: resource === undefined ? message : `${resource}: ${message}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file), uriBaseId: "%SRCROOT%" },
          region: { startLine: line },
        },
        ...(urn && { logicalLocations: [{ fullyQualifiedName: urn, kind: "resource" }] }),
      },
    ],
    partialFingerprints: { "resourceAndRule/v1": fingerprint },
  };
}

function levelOf(level: string): Result.level {
  return level === "mandatory" ? "error" : "warning";
}
