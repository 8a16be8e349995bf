import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isRunning } from "../is-running";

/*
 * Which process a job belongs to. Its number alone is not enough: numbers are used again, other machines and containers
 * that share the engine have numbers of their own.
 */

/** This process, as a label's value: boot, pid namespace, pid and start time. */
export function ownIdentity(): string {
  return `${place()} ${process.pid} ${startTime(process.pid) ?? "?"}`;
}

/**
 * Whether a job's owner is gone for sure: a process of this machine that ended. Of others nothing can be known before
 * the job's time is over.
 * @param until the end of the job's time, in seconds since 1970
 */
export function isGone(identity: string, until: number, now: number = Date.now()): boolean {
  if (now > until * 1000) return true;
  const parts = identity.split(" ");
  const started = parts.pop() ?? "";
  const pid = Number(parts.pop());
  return parts.join(" ") === place() && startTime(pid) !== started;
}

/** Boot and pid namespace; without /proc the host's name. */
function place(): string {
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/** Field 22 of /proc/<pid>/stat (proc_pid_stat(5)), which the second, a name in brackets, may not confuse. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return isRunning(pid) ? "?" : undefined;
  }
}
