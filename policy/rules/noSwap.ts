import { runningContainer } from "../resources";
import { rule, SHARED } from "../rule";

export const noSwap = rule({
  name: "no-swap",
  description: "No container with a memory limit swaps.",
  severity: "low",
  source: "CIS 5.11",
  levels: SHARED,
  remedy: "set memorySwap to the same number as memory",
  on: runningContainer,
  *check({ memory, memorySwap }) {
    if (!memory || memorySwap === memory) return;
    yield memorySwap
      ? `memorySwap is ${memorySwap}, memory ${memory}`
      : "memorySwap is not set, which is twice the memory";
  },
});
