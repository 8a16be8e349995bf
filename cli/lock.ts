import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { CliError } from "./errors";
import { executable } from "./executable";

/**
 * Runs `work` while no other process holds the lock. The kernel frees it when its holder ends, however that ends.
 * @param file the lock: made if it is not there, with its folder, and left there
 * @param waiting called once if another process holds the lock
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  const flock = executable("flock");
  if (flock === undefined) throw new CliError("flock is missing: install the package util-linux");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Node.js has no flock: a child has the lock as long as its standard input, which ends with this process.
  const holder = spawn(flock, [file, "sh", "-c", "echo; exec cat"], { stdio: ["pipe", "pipe", "pipe"] });
  // Its own pipe: a holder that still waits when this process is killed keeps nobody's terminal or pipe open.
  let complaint = "";
  holder.stderr.on("data", (data) => {
    complaint += data;
  });
  const patience = setTimeout(waiting, 500);
  try {
    await new Promise<void>((resolve, reject) => {
      holder.once("error", reject);
      holder.once("close", () =>
        reject(
          new CliError(
            `${file} cannot be locked: ${complaint.trim()}: its folder must be this user's, on a file system with locks`,
          ),
        ),
      );
      holder.stdout.once("data", () => resolve());
    });
  } finally {
    clearTimeout(patience);
  }
  try {
    return await work();
  } finally {
    holder.removeAllListeners("close");
    holder.stdin.end();
  }
}
