import { existsSync, statfsSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname } from "node:path";
import { cacheDir } from "../paths";
import { findPulumi } from "../toolchain";
import { type Finding, finding } from "./finding";

const GB = 1e9;

/** Memory that the Go compiler and the engine's builds need. */
const MEMORY_GB = 2;

/** Disk that a first `up` needs, and one that has the toolchain. */
const FIRST_GB = 5;
const NEXT_GB = 2;

/** Disk and memory. */
export async function machineFindings(root: string): Promise<Finding[]> {
  const needed = (await findPulumi(root)) === undefined ? FIRST_GB : NEXT_GB;
  const places = new Map<string, string>();
  for (const folder of [cacheDir(), "/var/lib/docker"]) places.set(deviceOf(folder), folder);
  return [
    ...[...places.values()].map((folder) => {
      const { bavail, bsize } = statfsSync(existing(folder));
      const free = (bavail * bsize) / GB;
      return finding(
        "disk",
        free >= needed,
        `${free.toFixed(1)} GB free at ${folder}`,
        `${needed} GB are needed: free some, or set XDG_CACHE_HOME to a folder on a larger disk`,
      );
    }),
    finding(
      "memory",
      totalmem() >= MEMORY_GB * GB,
      `${(totalmem() / GB).toFixed(1)} GB`,
      `${MEMORY_GB} GB are needed to build Pulumi and the images: use a larger machine`,
    ),
  ];
}

function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}

/** Two folders on one file system make one line. */
function deviceOf(folder: string): string {
  const { type, blocks, bfree } = statfsSync(existing(folder));
  return [type, blocks, bfree].join(" ");
}
