import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The security option that runs a container under a profile of seccomp/, as the Engine API takes it: its text without the
 * comments, where the docker command takes a file.
 * @param profile the name of its file
 */
export function seccompOption(root: string, profile: "job" | "runtime-api"): string {
  const text = readFileSync(join(root, "seccomp", `${profile}.json`), "utf8");
  return `seccomp=${JSON.stringify(JSON.parse(text, (key, value) => (key === "comment" ? undefined : value)))}`;
}
