import type { ExecutionRow, OwnerRow } from "./sqlite-database";
import type { Caller, ExecutionSummary } from "./store";

/** Whose variables an execution's are. A token without a user gets its own: nobody's would be everybody's. */
export function ownerOf(row: OwnerRow): string {
  return row.user_id === "" ? executionOwner(row.id) : `user:${row.user_id}`;
}

export function executionOwner(executionId: string): string {
  return `execution:${executionId}`;
}

/** The row of an execution that only its token made known. */
export function rowOf(caller: Caller): ExecutionRow {
  return {
    id: caller.executionId,
    user_id: caller.userId,
    job_id: caller.jobId,
    event_id: caller.eventId,
    registered: 0,
    ended: 0,
    started_at: wholeSeconds(caller.issuedAt ?? seconds()),
    expires_at: wholeSeconds(caller.expiresAt),
  };
}

export function summary(row: ExecutionRow): ExecutionSummary {
  return {
    executionId: row.id,
    userId: row.user_id,
    jobId: row.job_id,
    eventId: row.event_id,
    registered: row.registered === 1,
    startTime: isoTime(row.started_at),
    expiresAt: isoTime(row.expires_at),
  };
}

/** Now, in seconds since 1970. */
export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

export function isoTime(time: number): string {
  return new Date(time * 1000).toISOString();
}

/** The last moment a Date holds, in seconds. */
const LAST_SECOND = 8.64e12;

/** A token's time may be a fraction or absurdly far; STRICT columns and dates take neither. */
function wholeSeconds(time: number): number {
  return Math.floor(Math.min(Math.max(time, 0), LAST_SECOND));
}
