import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEvents } from "../../report/events";
import type { Report } from "../../report/model";
import { type Run, reportOf } from "../../report/report";
import { root } from "./project";

/** Event logs of the real Pulumi, recorded with the program in their README.md. */
export const RECORDED = [
  "create-preview",
  "same-preview",
  "image-preview",
  "image-up",
  "replace-preview",
  "secret-preview",
  "injection-preview",
  "failed-preview",
  "failed-up",
  "violated-preview",
  "interrupted-preview",
] as const;

export type Recorded = (typeof RECORDED)[number];

/** The text of a file beside the recorded logs. */
export function recordedText(name: string): string {
  return readFileSync(join(root, "test", "fixtures", "report", name), "utf8");
}

/** The report of a recorded log, as of a run that took 4.2 s. */
export function recorded(name: Recorded, run: Partial<Run> = {}, log = recordedText(`${name}.jsonl`)): Report {
  const began = new Date("2026-11-24T11:40:00Z");
  return reportOf(parseEvents(log), {
    operation: name.endsWith("-up") ? "up" : "preview",
    project: "sample",
    stack: "dev",
    status: /^(failed|violated|interrupted)/.test(name) ? 1 : 0,
    began,
    ended: new Date(began.getTime() + 4200),
    root: "/project",
    ...run,
  });
}
