import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { resolve } from "node:path";
import { temporaryFolder } from "../support/engine";

const USES = `
const client: InstanceType<typeof Cronium> = new Cronium();
export async function use(): Promise<string> {
  const value: bigint | number = await client.incrementVariable("k", 2n);
  await Cronium.cronium.setVariable("k", { value });
  await cronium.sendEmail({ to: ["a@example.com"], subject: "s", body: "b", reply_to: "c@example.com" });
  const exists: boolean = await variableExists("k");
  const { ok, problem }: { ok: boolean; problem: string | null } = await info();
  try {
    await output(exists);
  } catch (error) {
    if (error instanceof CroniumAPIError) return String(error.statusCode satisfies number);
    if (error instanceof CroniumTimeoutError || error instanceof CroniumError) return error.message;
  }
  // @ts-expect-error a condition is no string
  await setCondition("yes");
  // @ts-expect-error a message needs its text
  await sendSlackMessage({ channel: "#c" });
  return ok ? await appendVariable("log", 1, ",") : (problem ?? "");
}
`;
const NAMES =
  "cronium, variableExists, info, output, setCondition, sendSlackMessage, appendVariable, CroniumAPIError, CroniumError, CroniumTimeoutError";

describe("the types of the Node.js helper", () => {
  const folder = temporaryFolder({
    "required.cts": `import Cronium = require("cronium");\nconst { ${NAMES} } = Cronium;\n${USES}`,
    "imported.mts": `import Cronium, { ${NAMES} } from "cronium";\nimport type { EmailOptions, Info } from "cronium";\n${USES}
export type Used = EmailOptions | Info;\n`,
    "node_modules/.keep": "",
  });
  const helper = resolve("images/nodejs/helper/cronium");
  symlinkSync(helper, `${folder.path}/node_modules/cronium`);
  after(() => folder.remove());

  it("are right for require and for import", () => {
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023"];
    const command = [resolve("node_modules/typescript/bin/tsc"), ...options, "required.cts", "imported.mts"];
    const { status, stdout } = spawnSync(process.execPath, command, { cwd: folder.path, encoding: "utf8" });
    assert.equal(stdout, "");
    assert.equal(status, 0);
  });

  it("name what there is, no more and no less", () => {
    const script = `
      const Cronium = require("cronium");
      import("cronium").then((imported) => {
        const calls = Object.getOwnPropertyNames(Cronium.prototype).filter((name) => name !== "constructor");
        console.log(JSON.stringify([Object.keys(imported), Object.keys(Cronium), Object.keys(Cronium.cronium), calls].map((names) => names.sort())));
      });`;
    const run = spawnSync(process.execPath, ["-e", script], { cwd: folder.path, encoding: "utf8" });
    const [imported, required, client, calls] = JSON.parse(run.stdout) as string[][];
    assert.deepEqual(client, calls);
    assert.deepEqual(imported, [...(required as string[]), "default"].sort());
    const declared = declaredNames(`${helper}/cronium.d.ts`);
    assert.deepEqual(declared.values, required);
    assert.deepEqual(declared.calls, calls);
  });

  /** What the types say is exported, and what calls the class has. */
  function declaredNames(path: string): { values: string[]; calls: string[] } {
    const script = `
      const ts = require(${JSON.stringify(resolve("node_modules/typescript"))});
      const path = ${JSON.stringify(path)};
      const program = ts.createProgram([path], { noLib: true, types: [] });
      const checker = program.getTypeChecker();
      const found = checker.resolveExternalModuleSymbol(checker.getSymbolAtLocation(program.getSourceFile(path)));
      const values = checker.getExportsOfModule(found).filter((one) => (one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one).flags & ts.SymbolFlags.Value);
      const calls = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(found));
      const names = (symbols) => symbols.map((one) => one.name).filter((name) => name !== "prototype").sort();
      console.log(JSON.stringify({ values: names(values), calls: names(calls) }));`;
    const run = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    return JSON.parse(run.stdout || `"${run.stderr}"`);
  }
});
