import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A page's shell commands, in its order, without the indentation of a list. */
export function blocks(page = "README.md"): { heading: string; code: string }[] {
  return readFileSync(page, "utf8")
    .split(/^## /m)
    .flatMap((section) => {
      const heading = section.slice(0, section.indexOf("\n"));
      return [...section.matchAll(/^( *)```sh\n(.*?)^\1```$/gms)].map(([, indent = "", code = ""]) => ({
        heading,
        code: code.replace(new RegExp(`^${indent}`, "gm"), ""),
      }));
    });
}

/** The commands under one heading of the README. */
export function blocksUnder(heading: string): string[] {
  return blocks().flatMap((block) => (block.heading === heading ? [block.code] : []));
}

/** Runs commands that say ./cronium for a project's, and returns what they print; any that fails fails the test. */
export function shell(code: string, project: string, cwd: string, env: NodeJS.ProcessEnv = {}): string {
  const command = code.replaceAll("./cronium", join(project, "cronium"));
  const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", command], {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  return stdout;
}
