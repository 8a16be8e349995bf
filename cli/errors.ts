import { writeSync } from "node:fs";

/** An error whose message is all that its reader needs: what is wrong, with which value, and what to do about it. */
export class CliError extends Error {
  readonly status: number;

  /**
   * @param message empty where there is nothing to say
   * @param status the exit status of the command
   */
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

/** Tells the user what cronium does, on stderr: standard output belongs to Pulumi and to scripts. */
export function say(message: string): void {
  // Written at once, so that no line is lost or late when this process becomes pulumi.
  writeSync(2, `cronium: ${message}\n`);
}
