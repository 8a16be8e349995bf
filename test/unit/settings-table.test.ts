import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { settingsFacts } from "../../components/settings";

/** The settings of each environment in the tree. */
const environments = Object.fromEntries(
  readdirSync(".").flatMap((file) => {
    const name = /^Pulumi\.(dev|staging|prod)\.yaml$/.exec(file)?.[1];
    return name ? [[name, (parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> }).config]] : [];
  }),
);

/** What commands write with each release: no word about what an environment is. */
const WRITTEN = ["cronium:digests", "cronium:packagesAsOf"];

describe("the README's settings", () => {
  it("are those of the schema", () => {
    assert.equal(section("settings"), table(["setting", "default", "value"], rows()));
  });

  it("are those of each environment", () => {
    const names = ["dev", "staging", "prod"];
    const keys = settingsFacts().map(({ key }) => key);
    const described = keys.filter((key) => !WRITTEN.includes(key));
    const used = described.filter((key) => names.some((name) => key in (environments[name] ?? {})));
    const value = (name: string, key: string) => {
      const set = environments[name]?.[key];
      return set === undefined ? "" : `\`${set}\``;
    };
    const lines = used.map((key) => [`\`${key}\``, ...names.map((name) => value(name, key))]);
    assert.equal(section("environments"), table(["setting", ...names], lines));
    for (const name of names) {
      const unknown = Object.keys(environments[name] ?? {}).filter((key) => !keys.includes(key));
      assert.deepEqual(unknown, [], `Pulumi.${name}.yaml`);
    }
  });
});

function rows(): string[][] {
  return settingsFacts().map(({ key, fallback, values }) => [
    `\`${key}\``,
    fallback === undefined ? "" : fallback === "" ? "empty" : `\`${fallback}\``,
    values.replace(/\|/g, "\\|").replace(/</g, "&lt;"),
  ]);
}

/** What stands between a pair of comments in the README; what should stand there is in the test's failure. */
function section(name: string): string {
  const readme = readFileSync("README.md", "utf8");
  return new RegExp(`<!-- ${name} -->\n(.*?)<!-- /${name} -->`, "s").exec(readme)?.[1] ?? "";
}

function table(head: string[], lines: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...lines].map(line).join("");
}
