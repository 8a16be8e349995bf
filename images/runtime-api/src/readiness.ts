import type { Store } from "./store";

const KEPT_MS = 1_000;

/** Asks the store what is wrong, at most once a second: everybody may ask for it. */
export class Readiness {
  readonly #store: Store;
  #asked: Promise<readonly string[]> | undefined;
  #at = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  problems(): Promise<readonly string[]> {
    const now = Date.now();
    if (this.#asked === undefined || now - this.#at >= KEPT_MS) {
      this.#at = now;
      this.#asked = this.#store.problems();
    }
    return this.#asked;
  }
}
