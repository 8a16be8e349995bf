import { decodeStatus, type Vertex } from "./buildkit";
import { diskFull, NO_SPACE } from "./client";
import { withoutCredentials } from "./machine";

/** Lines of a failed step that an error shows. */
const TAIL = 20;

/** What BuildKit puts before its reasons. */
const NOISE = /^(failed to (solve|create LLB definition)[^:]*: )+/;

/** Follows one build: passes on what happens as lines, and remembers enough to explain a failure. */
export class BuildProgress {
  private readonly onLine: (line: string) => void;
  private readonly vertexes = new Map<string, Vertex>();
  private readonly tails = new Map<string, string[]>();
  private readonly announced = new Set<string>();

  constructor(onLine: (line: string) => void = () => undefined) {
    this.onLine = onLine;
  }

  /** Takes the `aux` of a `moby.buildkit.trace` line. */
  report(aux: string): void {
    const { vertexes, logs } = decodeStatus(aux);
    for (const vertex of vertexes) {
      this.vertexes.set(vertex.digest, vertex);
      if (vertex.started && !this.announced.has(vertex.digest) && !vertex.name.startsWith("[internal]")) {
        this.announced.add(vertex.digest);
        this.onLine(vertex.cached ? `${oneLine(vertex.name)} (cached)` : oneLine(vertex.name));
      }
    }
    for (const { vertex, msg } of logs) this.log(vertex, Buffer.from(msg).toString("utf8"));
  }

  /** The error to throw for a failed build: the engine's reason, the step's command and its last lines of output. */
  failure(reason: string): Error {
    const failed = this.failedVertex(reason);
    const tail = failed ? (this.tails.get(failed.digest) ?? []) : [];
    if ([reason, ...tail].some((text) => NO_SPACE.test(text))) {
      return diskFull(failed ? `in step ${oneLine(failed.name)}` : "building an image");
    }
    const why = /exit code: \d+/.exec(reason)?.[0] ?? reason.replace(NOISE, "");
    if (!failed) return new Error(`build failed: ${why}`);
    return new Error(
      [`build failed, ${why}, in step`, `  ${failed.name}`, ...tail.map((line) => `    ${line}`)].join("\n"),
    );
  }

  /** Steps that ran beside the one that failed end with an error too: they are cancelled. */
  private failedVertex(reason: string): Vertex | undefined {
    const ended = [...this.vertexes.values()].filter(({ error, name }) => error && !name.startsWith("[internal]"));
    return (
      ended.find(({ error }) => reason.includes(error)) ??
      ended.find(({ error }) => !/context cancell?ed/.test(error)) ??
      ended[0]
    );
  }

  private log(vertex: string, text: string): void {
    const lines = withoutCredentials(text)
      .split(/[\r\n]+/)
      .filter((line) => line.trim());
    for (const line of lines) this.onLine(line);
    this.tails.set(vertex, [...(this.tails.get(vertex) ?? []), ...lines].slice(-TAIL));
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
