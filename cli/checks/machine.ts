import { existsSync, statfsSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname } from "node:path";
import { cacheDir } from "../paths";
import { findPulumi } from "../toolchain";
import { availableMemory, NEEDS } from "../toolchain-build";
import { type Finding, finding } from "./finding";

/** MB per GB. */
const GB = 1000;

/** What an `up` needs when Pulumi is there, in MB: room and memory for the engine's builds. */
const NEXT = { disk: 2 * GB, memory: 2 * GB };

/** Disk and memory: while Pulumi is to be built, what its build checks before it starts. */
export async function machineFindings(root: string): Promise<Finding[]> {
  const toBuild = (await findPulumi(root)) === undefined;
  const { disk, memory } = toBuild ? NEEDS : NEXT;
  const places = new Map<string, string>();
  for (const folder of [cacheDir(), "/var/lib/docker"]) places.set(deviceOf(folder), folder);
  const megabytes = toBuild ? availableMemory() : totalmem() / 1e6;
  return [
    ...[...places.values()].map((folder) => {
      const { bavail, bsize } = statfsSync(existing(folder));
      const free = (bavail * bsize) / 1e6;
      return finding(
        "disk",
        free >= disk,
        `${gigabytes(free)} GB free at ${folder}`,
        `${gigabytes(disk)} GB are needed: free some (docker system prune), or set XDG_CACHE_HOME to a folder on a larger disk`,
      );
    }),
    finding(
      "memory",
      megabytes >= memory,
      `${gigabytes(megabytes)} GB${toBuild ? " available" : ""}`,
      toBuild
        ? `${gigabytes(memory)} GB are needed to build Pulumi: end other programs, or use a larger machine`
        : `${gigabytes(memory)} GB are needed to build the images: use a larger machine`,
    ),
  ];
}

function gigabytes(megabytes: number): string {
  return (megabytes / GB).toFixed(1);
}

function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}

/** Two folders on one file system make one line. */
function deviceOf(folder: string): string {
  const { type, blocks, bfree } = statfsSync(existing(folder));
  return [type, blocks, bfree].join(" ");
}
