import type { Readable, Writable } from "node:stream";

/** A part of what a container prints. */
export interface Part {
  source: "stdout" | "stderr";
  data: Buffer;
}

/**
 * Takes the engine's multiplexed stream apart (Docker Engine API, "attach": an 8-byte header with the stream's number and
 * the length, then the bytes). It reads on only when the last part was taken: a slow reader slows the container down,
 * and no output collects in memory.
 */
export async function* demultiplex(stream: Readable): AsyncGenerator<Part> {
  let rest: Buffer = Buffer.alloc(0);
  let source: Part["source"] = "stdout";
  let missing = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      if (missing === 0) {
        if (rest.length < 8) break;
        source = rest[0] === 2 ? "stderr" : "stdout";
        missing = rest.readUInt32BE(4);
        rest = rest.subarray(8);
      }
      if (rest.length === 0) break;
      const data = rest.subarray(0, missing);
      rest = rest.subarray(data.length);
      missing -= data.length;
      if (data.length > 0) yield { source, data };
    }
  }
}

/** Writes and waits until it is written. */
export function write(to: Writable, data: Buffer | string): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(data, (error) => (error ? reject(error) : resolve()));
  });
}
