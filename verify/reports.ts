import type { Log, ReportingDescriptor, Result } from "sarif";
import type { Check } from "./check";
import { isGood, type Report } from "./verify";

/** Lines of evidence that a table has room for; JSON and SARIF have all. */
const SHOWN = 8;

/** For people: a line for each check, more for a failure, and a count. */
export function table({ reference, results }: Report): string {
  const width = Math.max(...results.map(({ check }) => check.id.length));
  const lines = results.flatMap(({ check, verdict: { status, evidence } }) => {
    const shown = evidence.slice(0, SHOWN);
    const more = evidence.length > SHOWN ? [`and ${evidence.length - SHOWN} more: --json shows all`] : [];
    return [...shown, ...more].map((text, index) => {
      const [word, id] = index === 0 ? [status === "fail" ? "FAIL" : status, check.id] : ["", ""];
      return `  ${word.padEnd(4)}  ${id.padEnd(width)}  ${text}`.trimEnd();
    });
  });
  const count = (status: string) => results.filter(({ verdict }) => verdict.status === status).length;
  const end = `  ${count("pass")} passed, ${count("fail")} failed, ${count("none")} do not apply`;
  return [reference, ...lines, end, ""].join("\n");
}

/** For programs: all of it. */
export function json(reports: readonly Report[]): string {
  const images = reports.map(({ results, ...report }) => ({
    ...report,
    good: isGood({ results, ...report }),
    checks: results.map(({ check: { id, proves, source }, verdict }) => ({ id, proves, source, ...verdict })),
  }));
  return `${JSON.stringify({ images }, undefined, 2)}\n`;
}

/** For code scanning: SARIF 2.1.0, one result for each thing that is wrong, and one for each check that passed. */
export function sarif(reports: readonly Report[], checks: readonly Check[], version: string): string {
  const rules = checks.map(
    ({ id, proves, source }): ReportingDescriptor => ({
      id,
      shortDescription: { text: proves },
      help: { text: `${proves} Rule: ${source}.` },
    }),
  );
  const log: Log = {
    version: "2.1.0",
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    runs: [
      {
        tool: { driver: { name: "cronium verify", version, rules } },
        results: reports.flatMap(resultsOf),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function resultsOf({ reference, results }: Report): Result[] {
  const locations = [
    {
      physicalLocation: { artifactLocation: { uri: encodeURI(reference) } },
      logicalLocations: [{ fullyQualifiedName: reference, kind: "resource" }],
    },
  ];
  return results.flatMap(({ check, verdict: { status, evidence } }, ruleIndex) =>
    evidence.map((text): Result => {
      const kind = status === "none" ? "notApplicable" : status;
      const message = { text: `${reference}: ${text}` };
      return { ruleId: check.id, ruleIndex, kind, level: status === "fail" ? "error" : "none", message, locations };
    }),
  );
}
