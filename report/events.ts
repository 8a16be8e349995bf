import { z } from "zod";

/** A resource before or after a step, as far as reports need it; secrets in it are marked (see value.ts). */
export type State = z.infer<typeof STATE>;

/** What a step does to a resource. */
export type Step = z.infer<typeof STEP>;

/** One event of Pulumi's engine (apitype.EngineEvent), of which exactly one field beside `timestamp` is set. */
export type EngineEvent = z.infer<typeof EVENT>;

/**
 * Parses the file that Pulumi's --event-log wrote: one JSON document a line. Of a Pulumi that was killed the last line may
 * be cut off, which is left out; kinds of events that reports do not use are left out too.
 * @throws Error naming the line that is no event
 */
export function parseEvents(text: string): EngineEvent[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index): EngineEvent[] => {
    if (line.trim() === "") return [];
    let document: unknown;
    try {
      document = JSON.parse(line);
    } catch {
      if (index === lines.length - 1) return [];
      throw new Error(
        `line ${index + 1} of Pulumi's event log is no JSON: this Pulumi is not one that reports can be made of`,
      );
    }
    const { success, data, error } = EVENT.safeParse(document);
    if (!success) throw new Error(`line ${index + 1} of Pulumi's event log is no event: ${z.prettifyError(error)}`);
    return Object.keys(data).length > 1 ? [data] : [];
  });
}

const properties = z.record(z.string(), z.unknown());

const STATE = z.object({
  custom: z.boolean().optional(),
  id: z.string().optional(),
  protect: z.boolean().optional(),
  inputs: properties.nullish().transform((value) => value ?? {}),
  outputs: properties.nullish().transform((value) => value ?? {}),
});

const STEP = z.object({
  op: z.string(),
  urn: z.string(),
  type: z.string(),
  old: STATE.nullish(),
  new: STATE.nullish(),
  keys: z.array(z.string()).nullish(),
  diffs: z.array(z.string()).nullish(),
  detailedDiff: z.record(z.string(), z.object({ diffKind: z.string(), inputDiff: z.boolean() })).nullish(),
});

const step = z.object({ metadata: STEP, planning: z.boolean().optional() });

const EVENT = z.object({
  /** Seconds since 1970. */
  timestamp: z.number(),
  stdoutEvent: z.object({ message: z.string() }).optional(),
  diagnosticEvent: z
    .object({
      urn: z.string().optional(),
      message: z.string(),
      severity: z.string(),
      ephemeral: z.boolean().optional(),
    })
    .optional(),
  resourcePreEvent: step.optional(),
  resOutputsEvent: step.optional(),
  resOpFailedEvent: step.optional(),
  policyEvent: z
    .object({
      resourceUrn: z.string().optional(),
      message: z.string(),
      policyName: z.string(),
      policyPackName: z.string(),
      enforcementLevel: z.string(),
      severity: z.string().optional(),
    })
    .optional(),
  policyAnalyzeSummaryEvent: z.object({ policyPackName: z.string(), passed: z.array(z.string()).nullish() }).optional(),
  policyAnalyzeStackSummaryEvent: z
    .object({ policyPackName: z.string(), passed: z.array(z.string()).nullish() })
    .optional(),
  errorEvent: z.object({ error: z.string() }).optional(),
  summaryEvent: z
    .object({
      durationSeconds: z.number(),
      PolicyPacks: z.record(z.string(), z.string()).nullish(),
      isPreview: z.boolean(),
      /** Absent before Pulumi 3.2xx. */
      result: z.string().optional(),
    })
    .optional(),
});
