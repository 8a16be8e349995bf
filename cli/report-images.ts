import type { EngineEvent } from "../report/events";
import type { Report } from "../report/model";

/** Fills in what only the engine knows. */
export async function complete(
  report: Report,
  _events: readonly EngineEvent[],
  _options: { root: string; stack: string; build: boolean },
): Promise<Report> {
  return report;
}
