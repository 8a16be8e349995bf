import type { Change, ImageChange, Report, Verification, Violation } from "./model";
import { mandatory } from "./report";
import { bytes, clip, code, count, pre, seconds } from "./text";
import {
  contextFiles,
  countOps,
  headline,
  newBytes,
  propertySymbol,
  propertyText,
  reason,
  SYMBOL,
  shortType,
  sizeAfter,
  sizeBefore,
  sizeDifference,
} from "./words";

/** The most characters that GitHub takes in a comment. */
export const GITHUB_LIMIT = 65_536;

/**
 * A report as GitHub's Markdown, for a comment on a pull request.
 * @param limit in characters; what is least important is cut, and said to be
 */
export function summary(report: Report, limit = GITHUB_LIMIT): string {
  const top = [`### ${code(report.stack)}: ${headline(report)}`, ...alerts(report), overview(report)];
  const parts = PARTS.flatMap((part) => part(report) ?? []);
  return fitInto(top.join("\n\n"), parts, limit - 1);
}

/** A part of a comment that may be cut from its end. */
interface Part {
  /** Parts with the highest number are cut first. */
  cut: number;
  head: string;
  items: string[];
  foot: string;
}

const PARTS: readonly ((report: Report) => Part | undefined)[] = [
  violations,
  problems,
  changes,
  images,
  packages,
  verification,
  newer,
  diffs,
  advice,
  timings,
];

function fitInto(top: string, parts: readonly Part[], limit: number): string {
  const kept = parts.map((part) => ({ ...part, note: "" }));
  const text = () => {
    const shown = kept.filter(({ items, note }) => items.length > 0 || note !== "");
    const blocks = shown.map(({ head, items, foot, note }) =>
      [items.length > 0 ? [head, ...items].join("\n") + foot : "", note].filter(Boolean).join("\n\n"),
    );
    return `${[top, ...blocks].join("\n\n")}\n`;
  };
  for (const part of [...kept].sort((a, b) => b.cut - a.cut)) {
    const all = part.items.length;
    let over = text().length - limit;
    while (over > 0 && part.items.length > 0) {
      // The note takes room too.
      for (let freed = -100; freed < over && part.items.length > 0; ) freed += (part.items.pop() as string).length + 1;
      const name = /\w[\w ,]*/.exec(part.head.replace(/<\/?\w+>/g, ""))?.[0] ?? "";
      part.note = `_${all - part.items.length} of ${all} lines of “${name.trim()}” are left out here: report.html has all._`;
      over = text().length - limit;
    }
  }
  return text().slice(0, limit);
}

function alerts(report: Report): string[] {
  const found: string[] = [];
  const alert = (kind: "CAUTION" | "WARNING" | "NOTE", text: string) => found.push(`> [!${kind}]\n> ${text}`);
  const lost = report.changes.filter(({ losesData }) => losesData);
  if (report.outcome === "blocked") alert("CAUTION", `Policy does not allow this. ${PARTIAL[String(report.applied)]}`);
  if (report.outcome === "failed") alert("CAUTION", `It failed. ${PARTIAL[String(report.applied)]}`);
  if (report.outcome === "interrupted") alert("CAUTION", `It was interrupted. ${PARTIAL[String(report.applied)]}`);
  if (lost.length > 0) {
    const names = lost.slice(0, 10).map(({ name, op }) => `${code(name)} (${op})`);
    alert("WARNING", `Data is lost with ${count(lost.length, "volume")}: ${names.join(", ")}.`);
  }
  const broken = (report.verification ?? []).filter(({ failed }) => failed.length > 0);
  if (broken.length > 0) {
    alert("WARNING", `Images do not keep what they promise: ${broken.map(({ image }) => code(image)).join(", ")}.`);
  }
  return found;
}

const PARTIAL: Readonly<Record<string, string>> = {
  true: "What is listed as changed may be changed already.",
  false: "Nothing was changed; what follows may be incomplete.",
};

function overview(report: Report): string {
  const { outcome, changes, unchanged, seconds: took, operation, applied, policies, verification: verified } = report;
  const whole = outcome === "changed" || outcome === "unchanged";
  const parts = [
    ...(whole || changes.length === 0 ? [] : [countOps(changes, !applied)]),
    ...(whole || unchanged > 0 ? [`${unchanged} unchanged`] : []),
    `${operation} took ${seconds(took)}`,
  ];
  const packs = policies.packs.length;
  if (packs > 0) {
    const broken = policies.violations.length;
    parts.push(
      broken === 0 ? `policy: ${count(policies.passed, "rule")} kept` : `policy: ${count(broken, "violation")}`,
    );
  } else parts.push("no policy pack ran");
  if (verified) {
    const failed = verified.reduce((sum, { failed }) => sum + failed.length, 0);
    parts.push(
      failed === 0 ? `${count(verified.length, "image")} verified` : `${count(failed, "check")} of images failed`,
    );
  }
  return parts.join(" · ");
}

function violations(report: Report): Part | undefined {
  const items = violationLines(mandatory(report));
  return items.length === 0 ? undefined : { cut: 0, head: "#### Policy violations that block it\n", items, foot: "" };
}

/** A rule once, and under it what breaks it. */
function violationLines(found: readonly Violation[]): string[] {
  const rules = Map.groupBy(found, ({ pack, policy, rule }) => JSON.stringify([pack, policy, rule]));
  return [...rules.values()].flatMap((broken) => {
    const { policy, severity, rule } = broken[0] as Violation;
    const messages = Map.groupBy(broken, ({ message }) => message);
    return [
      `- **${code(policy)}**${severity ? ` (${code(severity)})` : ""}: ${code(rule, 300)}`,
      ...[...messages].map(
        ([message, ones]) =>
          `  - ${ones.map(placeOf).filter(Boolean).join(", ") || "the stack"}: ${code(message, 600)}`,
      ),
    ];
  });
}

function placeOf({ resource, location }: Violation): string {
  const place = location ? ` (${code(`${location.file}:${location.line}`)})` : "";
  return resource === undefined ? place.trim() : `${code(resource)}${place}`;
}

function problems({ problems: found }: Report): Part | undefined {
  const items = found.map(
    ({ severity, resource, message }) =>
      `**${severity === "error" ? "Error" : "Warning"}**${resource === undefined ? "" : ` of ${code(resource)}`}\n\n${pre(clip(message, 3000))}\n`,
  );
  return items.length === 0 ? undefined : { cut: 1, head: "#### Errors and warnings\n", items, foot: "" };
}

function changes({ changes: all }: Report): Part | undefined {
  const items = all.map((change) => {
    const { op, name, type, failed, protected: isProtected } = change;
    const notes = [...(failed ? ["**failed**"] : []), ...(isProtected ? ["protected"] : [])];
    return `| ${SYMBOL[op]} ${op} | ${code(name)} | ${code(shortType(type))} | ${code(reason(change), 300)}${notes.length > 0 ? ` ${notes.join(", ")}` : ""} |`;
  });
  const head = "#### Changes\n\n| | resource | type | why |\n|---|---|---|---|";
  return items.length === 0 ? undefined : { cut: 2, head, items, foot: "" };
}

function images({ images: all }: Report): Part | undefined {
  const items = all.filter(({ op }) => op !== "same").map(imageRow);
  const head =
    "#### Images\n\n| image | before | after | difference | new layers | what changed |\n|---|--:|--:|--:|--:|---|";
  const why = [...new Set(all.flatMap(({ notBuilt }) => notBuilt ?? []))].slice(0, 5);
  const foot = why.length === 0 ? "" : `\n\n${why.map((text) => `_${code(text)}_`).join("<br>")}`;
  return items.length === 0 ? undefined : { cut: 3, head, items, foot };
}

function imageRow(image: ImageChange): string {
  const fetched = newBytes(image);
  const files = contextFiles(image);
  const shown = files.slice(0, 8).map((file) => code(file));
  const more = files.length > 8 ? [`${files.length - 8} more`] : [];
  const cells = [
    `${code(image.name)}${image.intermediate ? " (to build with)" : ""}`,
    sizeBefore(image),
    sizeAfter(image),
    sizeDifference(image),
    fetched === undefined ? "" : bytes(fetched),
    [...shown, ...more].join("<br>") || (image.op === "delete" ? "" : "none: what it is built on changes"),
  ];
  return `| ${cells.join(" | ")} |`;
}

function packages({ images: all }: Report): Part | undefined {
  // All packages of a new image are new, which is no change to look at.
  const items = all.flatMap(({ name, before, packages: changed = [] }) =>
    (before ? changed : []).map(
      ({ kind, type, name: pkg, before, after }) =>
        `| ${code(name)} | ${kind} | ${code(`${type} ${pkg}`)} | ${before === undefined ? "" : code(before)} | ${after === undefined ? "" : code(after)} |`,
    ),
  );
  const head = "#### Packages\n\n| image | | package | before | after |\n|---|---|---|---|---|";
  return items.length === 0 ? undefined : { cut: 4, head, items, foot: "" };
}

function verification({ verification: verified }: Report): Part | undefined {
  const items = (verified ?? []).flatMap(({ image, failed }: Verification) =>
    failed.map(({ check, evidence }) => `- ${code(check)} of ${code(image)}: ${code(evidence.join("; "), 500)}`),
  );
  return items.length === 0 ? undefined : { cut: 1, head: "#### Failed checks of images\n", items, foot: "" };
}

function newer({ newer: found }: Report): Part | undefined {
  const items = (found?.packages ?? []).map(
    ({ image, name, installed, offered, security }) =>
      `| ${code(image)} | ${security ? "security fix" : ""} | ${code(name)} | ${code(installed)} | ${code(offered)} |`,
  );
  const head = `#### Newer packages, for information\n\nThe archive had them at ${code(found?.time ?? "")}; nothing here changes for it.\n\n| image | | package | has | newer |\n|---|---|---|---|---|`;
  return items.length === 0 ? undefined : { cut: 5, head, items, foot: "" };
}

function diffs({ changes: all, outputs }: Report): Part | undefined {
  const items = all.flatMap((change) => {
    const lines = change.properties.map(
      (property) => `  ${propertySymbol(property)} ${clip(propertyText(change, property), 400)}`,
    );
    return [`${SYMBOL[change.op]} ${shortType(change.type)} ${change.name}`, ...lines];
  });
  const stack = outputs.map(
    ({ path, kind, before, after }) =>
      `  ${{ add: "+", delete: "-", update: "~" }[kind]} ${clip(propertyText(NO_CHANGE, { path, kind, before, after, replaces: false }), 400)}`,
  );
  if (stack.length > 0) items.push("stack outputs", ...stack);
  if (items.length === 0) return undefined;
  const escaped = items.map((line) =>
    pre(line.replace(/\s*\n\s*/g, " ↵ ")).slice("<pre>\n".length, -"\n</pre>".length),
  );
  return {
    cut: 6,
    head: "<details><summary>Properties</summary>\n\n<pre>",
    items: escaped,
    foot: "\n</pre>\n\n</details>",
  };
}

const NO_CHANGE = { type: "" } as Change;

function advice({ policies: { violations: all, deferred } }: Report): Part | undefined {
  const found = all.filter(({ level }) => level !== "mandatory");
  const later = deferred.map(({ policy, message }) => `- **${code(policy)}**: ${code(message, 300)}`);
  const items = [...violationLines(found), ...later];
  const counts = [
    ...(found.length > 0 ? [count(found.length, "violation")] : []),
    ...(later.length > 0 ? [`${count(later.length, "rule")} checked at up`] : []),
  ];
  const head = `<details><summary>Policy advice: ${counts.join(", ")}</summary>\n`;
  return items.length === 0 ? undefined : { cut: 7, head, items, foot: "\n\n</details>" };
}

function timings({ timings: all }: Report): Part | undefined {
  const items = all
    .filter(({ seconds: took }) => took >= 1)
    .map(({ name, what, seconds: took }) => `| ${code(name)} | ${code(what)} | ${seconds(took)} |`);
  const head = "<details><summary>Time by step</summary>\n\n| step | what | time |\n|---|---|--:|";
  return items.length === 0 ? undefined : { cut: 8, head, items, foot: "\n\n</details>" };
}
