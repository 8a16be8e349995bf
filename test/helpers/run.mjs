import Cronium, * as names from "cronium";
import { run } from "./run.cjs";

for (const name of Object.keys(Cronium)) if (names[name] !== Cronium[name]) throw new Error(`import lacks ${name}`);
await run(Cronium);
