import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { ContextEntry } from "./context";

/** A message of BuildKit's file transfer (github.com/tonistiigi/fsutil/types). */
export interface Packet {
  /** 0 STAT, 1 REQ, 2 DATA, 3 FIN. */
  type?: number;
  stat?: { path: string; mode: number; size?: number; linkname?: string };
  ID?: number;
  data?: Buffer;
}

const [STAT, REQ, DATA, FIN] = [0, 1, 2, 3];

// Modes as Go's os.FileMode has them; owner and times stay 0, so that nothing but content reaches an image.
const MODES = { dir: 0x8000_0000 + 0o755, link: 0x0800_0000 + 0o777, file: 0o644 };

/**
 * Answers BuildKit's request for files: tells all entries in order, then sends the files that it asks for by their place in
 * that order. BuildKit asks for the Dockerfile and for the context apart, so a Dockerfile that the ignore file leaves out
 * is not in the context. The ignore file itself has been applied here: to a request for it alone nothing is told.
 */
export function sendFiles(root: string, entries: ContextEntry[], call: ServerDuplexStream<Packet, Packet>): void {
  const about = (key: string) => call.metadata.get(key).map(String);
  const wanted = selection(entries, about("dir-name")[0] ?? "", about("include-patterns"));
  for (const entry of wanted) call.write({ type: STAT, stat: describe(root, entry) });
  call.write({ type: STAT });

  let sending = Promise.resolve();
  call.on("data", ({ type, ID = 0 }: Packet) => {
    if (type === REQ) {
      const path = join(root, wanted[ID]?.path ?? "");
      sending = sending.then(() => sendFile(path, ID, call)).catch((error: Error) => void call.destroy(error));
    } else if (type === FIN) {
      call.write({ type: FIN });
      call.end();
    }
  });
  call.on("error", () => undefined); // the build fails, and says so
}

function selection(entries: ContextEntry[], folder: string, patterns: string[]): ContextEntry[] {
  if (folder === "dockerfile") return entries.filter(({ build }) => build);
  if (patterns.length > 0 && patterns.every((pattern) => pattern.endsWith(".dockerignore"))) return [];
  return entries.filter(({ ignored }) => !ignored);
}

function describe(root: string, { path, kind, executable, target }: ContextEntry): Packet["stat"] {
  if (kind === "link") return { path, mode: MODES.link, linkname: target };
  if (kind === "dir") return { path, mode: MODES.dir };
  return { path, mode: executable ? 0o755 : MODES.file, size: statSync(join(root, path)).size };
}

async function sendFile(path: string, ID: number, call: ServerDuplexStream<Packet, Packet>): Promise<void> {
  for await (const data of createReadStream(path)) {
    if (!call.write({ type: DATA, ID, data })) await new Promise((resolve) => call.once("drain", resolve));
  }
  call.write({ type: DATA, ID });
}
