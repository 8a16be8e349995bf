/** A call as a client saw it: when it began and ended, and what it says about the state before and after. */
export interface Call<State> {
  readonly start: number;
  /** Infinity for one whose answer says nothing: it may have happened at any time since, or not at all. */
  readonly end: number;
  /** The state after it; undefined if what was answered is not possible in this one. */
  readonly apply: (state: State) => { readonly state: State } | undefined;
}

/**
 * Whether there is an order of the calls, each between its start and its end, in which every answer is right (Wing and
 * Gong's search, remembering what was tried).
 */
export function isLinearizable<State>(calls: readonly Call<State>[], initial: State): boolean {
  const seen = new Set<string>();
  const all = (1n << BigInt(calls.length)) - 1n;
  const certain = calls.reduce((mask, { end }, index) => (end === Infinity ? mask : mask | (1n << BigInt(index))), 0n);
  return search(all, initial);

  function search(left: bigint, state: State): boolean {
    if ((left & certain) === 0n) return true;
    const key = `${left} ${JSON.stringify(state)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    const waiting = calls.flatMap((call, index) => ((left >> BigInt(index)) & 1n ? [{ call, index }] : []));
    const firstEnd = Math.min(...waiting.map(({ call }) => call.end));
    return waiting.some(({ call, index }) => {
      if (call.start > firstEnd) return false;
      const next = call.apply(state);
      return next !== undefined && search(left & ~(1n << BigInt(index)), next.state);
    });
  }
}
