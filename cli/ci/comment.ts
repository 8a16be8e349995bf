import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { comment, hasSections, MARK, type Section } from "../../report/comment";
import { REPORT } from "../../report/model";
import { CliError } from "../errors";
import type { Comments } from "./github";

/** Times that a comment is written again because somebody else changed it meanwhile. */
const TRIES = 5;

/** What happened to the comment. */
export type Done = "created" | "edited" | "unchanged";

/**
 * Writes sections into the one comment of ours: it is made, or edited in place. GitHub has no conditional edit, so what was
 * written is read again: sections that another job overwrote meanwhile are written once more.
 */
export async function postComment(comments: Comments, sections: readonly Section[]): Promise<Done> {
  const stacks = sections.map(({ stack }) => stack);
  let done: Done = "unchanged";
  for (let i = 0; i < TRIES; i++) {
    const ours = (await comments.list())
      .filter(({ body }) => body.startsWith(MARK))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const [first, ...twice] = ours;
    // Of two jobs that each made one, both keep the older: nothing is lost, as each writes its sections there.
    for (const { id } of twice) await comments.remove(id);
    const wanted = comment(first?.body, sections);
    if (first && hasSections(first.body, wanted, stacks)) return done;
    if (first) {
      await comments.edit(first.id, wanted);
      if (done === "unchanged") done = "edited";
    } else {
      await comments.create(wanted);
      done = "created";
    }
  }
  throw new CliError(`the comment was changed by somebody else ${TRIES} times while it was written: run this again`);
}

/**
 * Reads the reports of folders; one without a report is a section that says so.
 * @param stacks those that reports may be of; any unless named
 * @throws CliError naming the file that is no report
 */
export function readReports(folders: readonly string[], stacks?: readonly string[]): Section[] {
  return folders.map((folder) => {
    const file = join(folder, "report.json");
    if (!existsSync(file)) return { stack: basename(folder) };
    let document: unknown;
    try {
      document = JSON.parse(readFileSync(file, "utf8"));
    } catch (error) {
      throw new CliError(`${file} is no JSON (${(error as Error).message}): make it with --report`);
    }
    const { success, data, error } = REPORT.safeParse(document);
    if (!success) throw new CliError(`${file} is no report of this version: ${z.prettifyError(error)}`);
    if (stacks && !stacks.includes(data.stack)) {
      throw new CliError(`${file} is of stack "${data.stack}", not of ${stacks.join(", ")}`);
    }
    return { stack: data.stack, report: data };
  });
}
