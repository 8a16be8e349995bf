import { ENVIRONMENTS } from "./environment";
import type { Rule } from "./rule";

/** The table of rules in README.md: Markdown, a line a rule. */
export function rulesTable(rules: readonly Rule[]): string {
  const lines = rules.map(({ name, description, severity, source, levels, settings = {} }) => {
    const level = ENVIRONMENTS.map((environment) => LEVELS[levels[environment]]).join(" ");
    const own = Object.entries(settings).map(
      ([key, schema]) => `\`${key}\`: ${schema.description}; default \`${JSON.stringify(schema.default)}\``,
    );
    return `| \`${name}\` | ${description} | ${severity} | ${source} | ${level} | ${own.join("<br>")} |`;
  });
  return [HEADER, "|---|---|---|---|---|---|", ...lines].join("\n");
}

const HEADER = "| rule | what it asks for | severity | source | dev, staging, prod | settings |";

const LEVELS: Readonly<Record<string, string>> = { mandatory: "●", advisory: "○", disabled: "–" };
