import { readFileSync } from "node:fs";

/*
 * The generated parts of the helpers' pages, docs/bash.md and so on: how each call is written and what it does, from the
 * helper's source. What follows in a call's section, an example and what it prints, is written by hand and run by
 * test/integration/helper-pages.test.ts. test/support/write-helper-pages.ts writes them, test/unit/helper-pages.test.ts
 * checks them.
 */

/** By page: the head of each public call's section, by the call's name. */
export const HEADS: Record<string, () => Map<string, string>> = {
  "docs/bash.md": bashHeads,
  "docs/python.md": pythonHeads,
  "docs/nodejs.md": nodeHeads,
};

/** The calls that have a section, in its order. */
export function callsOf(page: string): string[] {
  return [...page.matchAll(/^### (\w+)/gm)].map(([, name]) => name as string);
}

/** The page with these heads in place of its own. */
export function withHeads(page: string, heads: Map<string, string>): string {
  return page.replace(/^### (\w+).*?(?=^```(?:bash|python|js)$)/gms, (own, name) => heads.get(name) ?? own);
}

/** The comment above a function: what it does, then how it is called. */
function bashHeads(): Map<string, string> {
  const source = readFileSync("images/bash/helper/cronium.sh", "utf8");
  const functions = source.matchAll(/^((?:# .*\n)+)# (cronium_\w+.*)\n(cronium_\w+)\(\)/gm);
  return new Map([...functions].map(([, text = "", call = "", name = ""]) => [name, head(call, text, /^# /gm)]));
}

/** Docstrings and signatures of the client, then of what only the client for asyncio has. */
function pythonHeads(): Map<string, string> {
  const heads = new Map<string, string>();
  for (const file of ["_client.py", "_async_client.py"]) {
    const source = readFileSync(`images/python/helper/cronium/${file}`, "utf8").split(/^class _/m)[0] ?? "";
    const methods = source.matchAll(
      /^ {4}(?:async )?def ([a-z]\w*)\(self(?:, )?([^\n]*\) -> [^\n]*):\n +"""(.*?)"""/gms,
    );
    for (const [, name = "", rest = "", text = ""] of methods)
      if (name !== "close" && !heads.has(name)) heads.set(name, head(`${name}(${rest}`, text, /^ +/gm));
  }
  return heads;
}

/** The class's declarations, each with the interfaces that it names. */
function nodeHeads(): Map<string, string> {
  const source = readFileSync("images/nodejs/helper/cronium/cronium.d.ts", "utf8");
  const interfaces = new Map(
    [...source.matchAll(/^ {2}(interface (\w+) \{\n.*?^ {2}\})/gms)].map(([, text = "", name = ""]) => [
      name,
      `\`\`\`ts\n${text.replace(/^ {2}/gm, "")}\n\`\`\`\n\n`,
    ]),
  );
  const methods = source.matchAll(/^ {2}\/\*\* (.*) \*\/\n {2}((\w+)\(.*\): .*);$/gm);
  return new Map(
    [...methods].map(([, text = "", call = "", name = ""]) => {
      const named = [...call.matchAll(/Cronium\.(\w+)/g)].map(([, type]) => interfaces.get(type as string) ?? "");
      return [name, head(call.replaceAll("Cronium.", ""), text, /^/) + named.join("")];
    }),
  );
}

function head(call: string, text: string, margin: RegExp): string {
  return `### ${call}\n\n${text.replace(margin, "").trim()}\n\n`;
}
