import { withoutCredentials } from "../docker/machine";
import type { EngineEvent } from "./events";
import { imagesOf } from "./images";
import { locate, type Sources } from "./locate";
import type { Problem, Report, Timing, Violation } from "./model";
import { changesOf, isShown, outputsOf, type ResourceSteps, stepsOf } from "./steps";
import { nameOf, parseUrn } from "./urn";

/** What is known of a run of Pulumi beside its events. */
export interface Run {
  operation: Report["operation"];
  project: string;
  stack: string;
  /** Pulumi's exit status; 128 + n when signal n ended it. */
  status: number;
  began: Date;
  ended: Date;
  /** What went wrong before Pulumi could start. */
  error?: string;
  /** The project's folder: paths in messages are shown relative to it. */
  root?: string;
  /** Where violations are looked for. */
  sources?: Sources;
}

/** The name of the schema's file, beside report.json. */
export const SCHEMA_FILE = "report.schema.json";

/** What a run of Pulumi did, or would do, from its events. */
export function reportOf(events: readonly EngineEvent[], run: Run): Report {
  const resources = stepsOf(events);
  const summary = events.findLast(({ summaryEvent }) => summaryEvent)?.summaryEvent;
  const planning = summary?.isPreview ?? events.some(({ resourcePreEvent }) => resourcePreEvent?.planning);
  const applied = run.operation === "up" && !planning && resources.length > 0;
  const changes = changesOf(resources);
  const violations = violationsOf(events, resources, run.sources ?? new Map());
  const outcome = outcomeOf(events, run, summary, violations, changes.length > 0);
  return {
    $schema: `./${SCHEMA_FILE}`,
    version: 1,
    ...whose(resources, run),
    operation: run.operation,
    applied,
    outcome,
    status: run.status,
    time: run.began.toISOString(),
    seconds: Math.round((run.ended.getTime() - run.began.getTime()) / 100) / 10,
    changes,
    unchanged: resources.filter((resource) => isShown(resource) && resource.op === "same" && !resource.failed).length,
    outputs: outcome === "changed" ? outputsOf(resources) : [],
    images: imagesOf(resources, applied),
    policies: {
      packs: Object.entries(summary?.PolicyPacks ?? {}).map(([name, version]) => ({
        // Of a pack that is a folder: `name|local|/where/it/is`.
        name: name.replace(/\|.*/, ""),
        version,
      })),
      passed: passedRules(events, violations),
      violations,
      deferred: deferredRules(events),
    },
    problems: problemsOf(events, run),
    timings: applied ? timingsOf(resources) : [],
  };
}

/** The violations that stop an operation. */
export function mandatory({ policies }: Report): Violation[] {
  return policies.violations.filter(({ level }) => level === "mandatory");
}

/** A report's timings, the longest first. */
export function sortTimings(timings: readonly Timing[]): Timing[] {
  return [...timings].sort((a, b) => b.seconds - a.seconds || (a.name < b.name ? -1 : 1));
}

/** Whose stack it was, as the events have it. */
function whose([first]: readonly ResourceSteps[], { project, stack }: Run): Pick<Report, "project" | "stack"> {
  if (!first) return { project, stack };
  const urn = parseUrn(first.urn);
  return { project: urn.project, stack: urn.stack };
}

function outcomeOf(
  events: readonly EngineEvent[],
  { status, error }: Run,
  summary: EngineEvent["summaryEvent"],
  violations: readonly Violation[],
  changed: boolean,
): Report["outcome"] {
  if (error !== undefined) return "failed";
  const cancelled = events.some(
    ({ stdoutEvent, diagnosticEvent }) =>
      stdoutEvent?.message.includes("^C received") || /^(preview|update) canceled/.test(diagnosticEvent?.message ?? ""),
  );
  if (cancelled || summary?.result === "canceled" || (status > 128 && !summary)) return "interrupted";
  const failed = summary === undefined || summary.result === "failed" || (summary.result === undefined && status !== 0);
  if (failed && violations.some(({ level }) => level === "mandatory")) return "blocked";
  if (failed) return "failed";
  return changed ? "changed" : "unchanged";
}

function violationsOf(
  events: readonly EngineEvent[],
  resources: readonly ResourceSteps[],
  sources: Sources,
): Violation[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const found = events.flatMap(({ policyEvent }): Violation[] => {
    if (!policyEvent || DEFERRED.test(policyEvent.message)) return [];
    const { policyName, policyPackName, enforcementLevel, severity, resourceUrn, message } = policyEvent;
    const [rule = "", ...rest] = message.trim().split("\n");
    const made = byUrn.get(resourceUrn ?? "");
    const state = made?.new ?? made?.old;
    const location = made && locate({ type: made.type, name: nameOf(made.urn), inputs: state?.inputs ?? {} }, sources);
    const resource =
      resourceUrn && parseUrn(resourceUrn).type !== "pulumi:pulumi:Stack" ? nameOf(resourceUrn) : undefined;
    return [
      {
        policy: policyName,
        pack: policyPackName,
        level: enforcementLevel,
        ...(severity && { severity }),
        ...(resourceUrn && { urn: resourceUrn }),
        ...(resource !== undefined && { resource }),
        rule,
        message: rest.join("\n").trim() || rule,
        ...(location && { location }),
      },
    ];
  });
  // A resource that is replaced is looked at for each of its steps.
  const unique = [...new Map(found.map((violation) => [JSON.stringify(violation), violation])).values()];
  const order = ({ level, severity }: Violation) => [level === "mandatory" ? 0 : 1, SEVERITIES.indexOf(severity ?? "")];
  return unique.sort((a, b) => {
    const [[first, second], [third, fourth]] = [order(a), order(b)] as [[number, number], [number, number]];
    return first - third || second - fourth || (a.policy < b.policy ? -1 : a.policy > b.policy ? 1 : 0);
  });
}

/** What Pulumi's SDK reports of a rule that needs a value which is not known yet. */
const DEFERRED = /^can't run policy .* during preview: (.*)/s;

function deferredRules(events: readonly EngineEvent[]): Report["policies"]["deferred"] {
  const found = events.flatMap(({ policyEvent }) => {
    const why = DEFERRED.exec(policyEvent?.message ?? "")?.[1];
    if (!policyEvent || why === undefined) return [];
    return [{ policy: policyEvent.policyName, pack: policyEvent.policyPackName, message: why.trim() }];
  });
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

const SEVERITIES = ["critical", "high", "medium", "low", ""];

function passedRules(events: readonly EngineEvent[], violations: readonly Violation[]): number {
  const deferred = deferredRules(events);
  const passed = events.flatMap((event) => {
    const { policyPackName, passed } = event.policyAnalyzeSummaryEvent ?? event.policyAnalyzeStackSummaryEvent ?? {};
    return (passed ?? []).map((name) => `${policyPackName} ${name}`);
  });
  const violated = new Set([...violations, ...deferred].map(({ pack, policy }) => `${pack} ${policy}`));
  return new Set(passed.filter((name) => !violated.has(name))).size;
}

function problemsOf(events: readonly EngineEvent[], { error, root }: Run): Problem[] {
  const found = events.flatMap(({ diagnosticEvent, errorEvent }): Problem[] => {
    if (errorEvent) return [{ severity: "error", message: errorEvent.error.trim() }];
    if (!diagnosticEvent || diagnosticEvent.ephemeral) return [];
    const { severity, urn, message } = diagnosticEvent;
    // That it failed is the outcome; why it failed are the other messages.
    if (/^(preview|update) (failed|canceled)$/.test(message.trim())) return [];
    if (severity !== "error" && severity !== "warning") return [];
    return [{ severity, ...(urn && { resource: nameOf(urn) }), message: message.trim() }];
  });
  const all: Problem[] = error === undefined ? found : [{ severity: "error", message: error }, ...found];
  const relative = all.map(({ message, ...one }) => ({
    ...one,
    message: withoutCredentials(root ? message.replaceAll(`${root}/`, "") : message),
  }));
  return relative.sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
}

function timingsOf(resources: readonly ResourceSteps[]): Timing[] {
  const timed = resources.filter((resource) => isShown(resource) && resource.op !== "same");
  return sortTimings(timed.map(({ urn, op, seconds }) => ({ name: nameOf(urn), what: op, seconds })));
}
