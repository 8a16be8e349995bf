import { writeSync } from "node:fs";
import { isatty } from "node:tty";

/** How often the line is written anew, in ms. Users who see nothing for two seconds think that nothing happens. */
const INTERVAL = 1500;

/**
 * One line on stderr that says what is going on, how far it is and how long it may still take: rewritten on a terminal,
 * a line each time elsewhere.
 */
export class Progress {
  private readonly what: string;
  private readonly estimate: number;
  private readonly started = performance.now();
  private readonly timer: NodeJS.Timeout;
  private readonly terminal = isatty(2) && process.env.TERM !== "dumb";
  private ended = false;
  private fraction = 0;
  private detail = "";

  /** @param estimate seconds that it takes as far as one knows beforehand */
  constructor(what: string, estimate: number) {
    this.what = what;
    this.estimate = estimate;
    this.write();
    this.timer = setInterval(() => this.write(), INTERVAL);
  }

  /** @param fraction what is done, 0 to 1 */
  update(fraction: number, detail: string): void {
    this.fraction = fraction;
    this.detail = detail;
  }

  /** Ends the line; once is enough, more often does no harm. */
  end(): void {
    if (this.terminal && !this.ended) writeSync(2, "\r\x1b[K");
    this.ended = true;
    clearInterval(this.timer);
  }

  /** Seconds since the start. */
  elapsed(): number {
    return (performance.now() - this.started) / 1000;
  }

  private write(): void {
    const line = progressLine(this.what, this.fraction, this.detail, this.elapsed(), this.estimate);
    writeSync(2, this.terminal ? `\r\x1b[K${line.slice(0, (process.stderr.columns || 80) - 1)}` : `${line}\n`);
  }
}

/** `cronium: building Pulumi: 42 % (package 800 of 1900), 2:31 of about 6:00` */
export function progressLine(
  what: string,
  fraction: number,
  detail: string,
  elapsed: number,
  estimate: number,
): string {
  const percent = Math.floor(Math.min(fraction, 1) * 100);
  const total = totalTime(fraction, elapsed, estimate);
  return `cronium: ${what}: ${percent} %${detail && ` (${detail})`}, ${clock(elapsed)} of about ${clock(total)}`;
}

/** The whole time in seconds: the estimate at first, and ever more what the progress so far says. */
export function totalTime(fraction: number, elapsed: number, estimate: number): number {
  const measured = fraction > 0 ? elapsed / Math.min(fraction, 1) : estimate;
  return Math.max(elapsed, fraction * measured + (1 - Math.min(fraction, 1)) * estimate);
}

/** Seconds as `m:ss`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
