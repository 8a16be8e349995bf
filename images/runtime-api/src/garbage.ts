import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Frees what nothing refers to. V8 itself lets 64 MB of buffers gather first, whatever the container's limit is. */
export function collectGarbage(): void {
  collect();
}
