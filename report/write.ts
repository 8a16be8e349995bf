import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Report, reportSchema } from "./model";
import { page } from "./page";
import { SCHEMA_FILE } from "./report";
import { sarif } from "./sarif";
import { summary } from "./summary";

/** Writes a report in each of its forms into a folder, which is made; each file is there whole or as it was. */
export function writeReport(folder: string, report: Report, version: string): void {
  mkdirSync(folder, { recursive: true });
  const files = {
    "report.json": `${JSON.stringify(report, undefined, 2)}\n`,
    [SCHEMA_FILE]: `${JSON.stringify(reportSchema(), undefined, 2)}\n`,
    "summary.md": summary(report),
    "report.html": page(report),
    "policy.sarif": sarif(report, version),
  };
  for (const [name, text] of Object.entries(files)) {
    const temporary = join(folder, `.${name}.${process.pid}`);
    writeFileSync(temporary, text);
    renameSync(temporary, join(folder, name));
  }
}
