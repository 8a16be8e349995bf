/** The ways into the runtime API that scripts have. */
export const LANGUAGES = ["bash", "python", "python asyncio", "node require", "node import"] as const;

export type Language = (typeof LANGUAGES)[number];

/** What the runtime APIs behind the calls keep things in, and how many of them do. Another client's requests go to the last one. */
export const STORES = {
  sqlite: { replicas: 1, backend: false, valkey: false },
  backend: { replicas: 1, backend: true, valkey: false },
  "Valkey before the backend, two replicas": { replicas: 2, backend: true, valkey: true },
  "backend, two replicas": { replicas: 2, backend: true, valkey: false },
} as const;

export type Store = keyof typeof STORES;

/** A call as Node.js names it; Python's names have underscores, bash's `cronium_` before them. */
export type Call =
  | "input"
  | "output"
  | "getVariable"
  | "setVariable"
  | "variableExists"
  | "deleteVariable"
  | "incrementVariable"
  | "appendVariable"
  | "setCondition"
  | "event"
  | "executeToolAction"
  | "sendEmail"
  | "sendSlackMessage"
  | "sendDiscordMessage"
  | "info"
  | "streamInput"
  | "streamOutput";

/** What a call comes to. */
export interface Outcome {
  /** The JSON text of what it returns, numbers in any notation; bash prints it. */
  returns?: string;
  /** How its error reads; `CLASS: MESSAGE` in Python and Node.js, the line on standard error in bash. */
  fails?: RegExp;
}

/** What else a call comes to with some stores, by the contract. */
type ByStore = Partial<Record<Store, Outcome & Pick<Case, "stores">>>;

/** One call and what it must come to, in every language; what bash does may differ, as it has no types. */
export interface Case extends Outcome {
  /** What goes wrong where this case fails. */
  what: string;
  call: Call;
  /** JSON texts. send* have one object. */
  args?: string[];
  /** The JSON text that another client finds afterwards in the variable that the first argument names. */
  stores?: string;
  /** Instead of the real runtime API: what the stand-in does, one step an attempt (test/support/service.ts). */
  steps?: string;
  /** What the stand-in must have seen. */
  saw?: Saw;
  /** Changes of the environment; undefined: without it. TOKEN stands for the execution's token. */
  env?: Record<string, string | undefined>;
  /** Languages that have this case, if not all. */
  only?: readonly Language[];
  /** Where the store makes a difference. */
  over?: ByStore;
  bash?: Outcome & { args?: string[] };
  python?: Outcome;
  node?: Outcome;
}

export interface Saw {
  /** How often the call was sent. */
  requests?: number;
  /** The least and most milliseconds before each attempt but the first. */
  pauses?: [number, number][];
  /** After the prefix. */
  path?: string;
  method?: string;
  /** The body, as a value. */
  body?: unknown;
}

/** A case as it is with a store. */
export function caseOver(store: Store, { over, ...one }: Case): Case {
  const own = over?.[store];
  const { returns, fails, stores, ...common } = one;
  return own ? { ...common, ...own } : one;
}

/** What of a case holds in a language. */
export function outcomeIn(language: Language, { bash, python, node, ...common }: Case): Outcome {
  const own = language === "bash" ? bash : language.startsWith("python") ? python : node;
  return own?.fails ? { fails: own.fails } : { ...common, ...own };
}
