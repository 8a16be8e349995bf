import { ApiError } from "./errors";
import { collectGarbage } from "./garbage";

/** Smaller bodies and answers are not counted: there cannot be enough of them to matter. */
const SMALL = 64 * 1024;
/** Bodies that are in memory at once, in bytes: a body is there up to five times while it is read, checked and stored. */
const BODIES = 20 * 1024 * 1024;
const WAIT_MS = 10_000;
/** Answers of one execution, and of all, that nobody has read yet. */
const UNREAD = 32 * 1024 * 1024;
const UNREAD_OF_ALL = 64 * 1024 * 1024;
/** What large bodies and answers leave in memory is collected after so many bytes of them. */
const GARBAGE = 8 * 1024 * 1024;

/**
 * The memory that large bodies and answers take, shared out: what does not fit waits, unread, for its turn, and whoever
 * does not read its answers gets no more of them. A service with 256 MB has to live with 50 executions that send 16 MB.
 */
export class Room {
  #bodies = 0;
  readonly #waiting: (() => void)[] = [];
  #unreadOfAll = 0;
  #handled = 0;
  readonly #unread = new Map<string, number>();

  /** Resolves when there is room for a large body, with what gives it back; 503 if there is none within ten seconds. */
  async body(size: number): Promise<() => void> {
    const end = performance.now() + WAIT_MS;
    while (this.#bodies > 0 && this.#bodies + size > BODIES) {
      if (!(await this.#turn(end - performance.now()))) throw busy("too many large bodies are being sent at once");
    }
    this.#bodies += size;
    return () => {
      this.#bodies -= size;
      this.#garbage(size);
      for (const wake of this.#waiting.splice(0)) wake();
    };
  }

  /** Counts an answer until what is returned is called. */
  answer(executionId: string, size: number): () => void {
    this.#count(executionId, size);
    this.#garbage(size);
    return () => this.#count(executionId, -size);
  }

  /** 429 or 503 while there is too much that was not read. */
  unread(executionId: string): ApiError | undefined {
    if ((this.#unread.get(executionId) ?? 0) > UNREAD) {
      return new ApiError(429, "This execution has not read its last answers: read them first.", {
        "retry-after": "1",
      });
    }
    return this.#unreadOfAll > UNREAD_OF_ALL ? busy("too many large answers are not read yet") : undefined;
  }

  static isLarge(size: number): boolean {
    return size > SMALL;
  }

  #garbage(size: number): void {
    this.#handled += size;
    if (this.#handled < GARBAGE) return;
    this.#handled = 0;
    collectGarbage();
  }

  #count(executionId: string, size: number): void {
    this.#unreadOfAll += size;
    const unread = (this.#unread.get(executionId) ?? 0) + size;
    if (unread > 0) this.#unread.set(executionId, unread);
    else this.#unread.delete(executionId);
  }

  #turn(limitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), limitMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
}

function busy(why: string): ApiError {
  return new ApiError(503, `The runtime API is busy, ${why}: try again in a moment.`, { "retry-after": "1" });
}
