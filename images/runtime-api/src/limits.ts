/** How many keys are remembered at most; beyond it the oldest window is forgotten. */
const MAX_KEYS = 10_000;
const WINDOW_MS = 60_000;

/** Counts per key in windows of one minute that start with a key's first count. */
export class MinuteLimit {
  readonly #max: number;
  readonly #windows = new Map<string, { start: number; count: number }>();

  /** @param max counts a minute that are fine */
  constructor(max: number) {
    this.#max = max;
  }

  /** Counts once. Returns 0 if that is fine, else the whole seconds (1 to 60) until the key may go on. */
  count(key: string, now: number = Date.now()): number {
    const window = this.#windows.get(key);
    if (window === undefined || now - window.start >= WINDOW_MS) {
      // Deleted first, so that the map stays in order of the windows' starts.
      this.#windows.delete(key);
      this.#windows.set(key, { start: now, count: 1 });
      if (this.#windows.size > MAX_KEYS) this.#forgetOldest();
      return 0;
    }
    window.count++;
    return window.count <= this.#max ? 0 : Math.ceil((window.start + WINDOW_MS - now) / 1000);
  }

  #forgetOldest(): void {
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined) this.#windows.delete(oldest);
  }
}
