import type { Change, ImageChange, Report, Violation } from "./model";
import { packagePicture, sizePicture } from "./picture";
import { mandatory } from "./report";
import { STYLE } from "./style";
import { bytes, count, escapeHtml as h, seconds } from "./text";
import {
  contextFiles,
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

/**
 * A report as one HTML file: no script, nothing from a network (its policy forbids both), readable by keyboard and screen
 * reader, light and dark, and in print with all that is folded away on the screen.
 */
export function page(report: Report): string {
  const title = `${report.project}/${report.stack}: ${headline(report)}`;
  const sections = SECTIONS.map(({ id, title: name, body }) => ({ id, name, html: body(report) })).filter(
    ({ html }) => html !== "",
  );
  const links = sections.map(({ id, name }) => `<li><a href="#${id}">${name}</a></li>`).join("");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${h(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<p class="path">${h(report.project)} / ${h(report.stack)} · ${report.operation} · <time datetime="${report.time}">${h(report.time.replace("T", " ").replace(/\.\d+Z$/, " UTC"))}</time></p>
<h1><span class="outcome ${report.outcome}">${h(OUTCOME[report.outcome])}</span> ${h(headline(report))}</h1>
<nav aria-label="Parts of the report"><ul>${links}</ul></nav>
</header>
<main id="main" tabindex="-1">
${notices(report)}
${sections.map(({ id, name, html }) => `<section aria-labelledby="${id}">\n<h2 id="${id}">${name}</h2>\n${html}\n</section>`).join("\n")}
</main>
</body>
</html>
`;
}

const OUTCOME: Readonly<Record<Report["outcome"], string>> = {
  unchanged: "✓",
  changed: "Δ",
  blocked: "⊘",
  failed: "✗",
  interrupted: "◼",
};

const SECTIONS: readonly { id: string; title: string; body: (report: Report) => string }[] = [
  { id: "violations", title: "Policy violations that block it", body: (report) => violations(mandatory(report)) },
  { id: "problems", title: "Errors and warnings", body: problems },
  { id: "changes", title: "Changes", body: changes },
  { id: "images", title: "Images", body: images },
  { id: "verification", title: "Checks of images", body: verification },
  { id: "newer", title: "Newer packages, for information", body: newer },
  {
    id: "advice",
    title: "Policy advice",
    body: ({ policies }) =>
      violations(policies.violations.filter(({ level }) => level !== "mandatory")) + deferred(policies.deferred),
  },
  { id: "times", title: "Time by step", body: times },
];

function notices(report: Report): string {
  const {
    outcome,
    applied,
    changes: all,
    unchanged,
    policies,
    operation,
    seconds: took,
    verification: verified,
  } = report;
  const found: string[] = [];
  if (outcome === "blocked" || outcome === "failed" || outcome === "interrupted") {
    const state = applied
      ? "What is listed as changed may be changed already."
      : "Nothing was changed; what follows may be incomplete.";
    found.push(`<p class="notice bad" role="note"><strong>${h(NOTICE[outcome])}</strong> ${state}</p>`);
  }
  const lost = all.filter(({ losesData }) => losesData);
  if (lost.length > 0) {
    const names = lost.map(({ name, op }) => `<code>${h(name)}</code> (${op})`).join(", ");
    found.push(
      `<p class="notice warn" role="note"><strong>Data is lost</strong> with ${count(lost.length, "volume")}: ${names}.</p>`,
    );
  }
  const broken = (verified ?? []).filter(({ failed }) => failed.length > 0);
  if (broken.length > 0) {
    const names = broken.map(({ image }) => `<code>${h(image)}</code>`).join(", ");
    found.push(
      `<p class="notice warn" role="note"><strong>Images do not keep what they promise:</strong> ${names}.</p>`,
    );
  }
  const rules = policies.packs.length === 0 ? "no policy pack ran" : `${count(policies.passed, "policy rule")} kept`;
  found.push(`<p>${count(unchanged, "resource")} unchanged · ${operation} took ${seconds(took)} · ${rules}</p>`);
  return found.join("\n");
}

const NOTICE = {
  blocked: "Policy does not allow this.",
  failed: "It failed.",
  interrupted: "It was interrupted.",
} as const;

function violations(found: readonly Violation[]): string {
  const items = found.map(({ policy, pack, level, severity, resource, message, rule, location }) => {
    const place = location ? ` <small>${h(`${location.file}:${location.line}`)}</small>` : "";
    return (
      `<article class="problem${level === "mandatory" ? " error" : ""}"><h3><code>${h(policy)}</code> on <code>${h(resource ?? "the stack")}</code>${place}</h3>` +
      `<p>${h(message)}</p><p><small>${h([rule, severity, pack].filter(Boolean).join(" · "))}</small></p></article>`
    );
  });
  return items.join("\n");
}

function deferred(rules: Report["policies"]["deferred"]): string {
  const rows = rules.map(
    ({ policy, message }) => `<tr><th scope="row"><code>${h(policy)}</code></th><td>${h(message)}</td></tr>`,
  );
  return rows.length === 0 ? "" : table("Rules that up checks", ["Rule", "Why not now"], rows);
}

function problems({ problems: found }: Report): string {
  return found
    .map(
      ({ severity, resource, message }) =>
        `<article class="problem ${severity}"><h3>${severity === "error" ? "Error" : "Warning"}${resource === undefined ? "" : ` of <code>${h(resource)}</code>`}</h3><pre tabindex="0">${h(message)}</pre></article>`,
    )
    .join("\n");
}

function changes({ changes: all, outputs }: Report): string {
  if (all.length === 0 && outputs.length === 0) return "";
  const ops = [...new Set(all.map(({ op }) => op))];
  const filters = ops.map((op) => {
    const number = all.filter((change) => change.op === op).length;
    return `<label><input type="checkbox" checked id="show-${op}"> <span class="op ${op}">${SYMBOL[op]}</span> ${op} (${number})</label>`;
  });
  const stack =
    outputs.length === 0
      ? ""
      : `<li class="change"><details><summary>stack outputs</summary>${properties({ type: "" } as Change, outputs)}</details></li>`;
  return `${ops.length > 1 ? `<fieldset class="filters"><legend>Show</legend>${filters.join("")}</fieldset>` : ""}
<ul class="changes">
${all.map(change).join("\n")}
${stack}
</ul>`;
}

function change(one: Change): string {
  const { op, name, type, failed, protected: isProtected, losesData } = one;
  const tags = [
    ...(failed ? [`<strong class="tag bad">failed</strong>`] : []),
    ...(losesData ? [`<strong class="tag warn">loses data</strong>`] : []),
    ...(isProtected ? [`<span class="tag">protected</span>`] : []),
  ];
  const head = `<span class="op ${op}">${SYMBOL[op]} ${op}</span> <code>${h(name)}</code> <small>${h(shortType(type))}</small> ${tags.join(" ")} <span class="why">${h(reason(one))}</span>`;
  const body = one.properties.length === 0 ? "" : properties(one, one.properties);
  const whole =
    body === "" ? `<div class="plain">${head}</div>` : `<details><summary>${head}</summary>${body}</details>`;
  return `<li class="change ${op}">${whole}</li>`;
}

function properties(one: Change, all: Change["properties"]): string {
  const lines = all.map((property) => {
    const symbol = propertySymbol(property);
    return `<span class="${property.kind}">${symbol} ${h(propertyText(one, property))}</span>`;
  });
  return `<pre tabindex="0">${lines.join("\n")}</pre>`;
}

function images({ images: all }: Report): string {
  if (all.length === 0) return "";
  const rows = all.map((image) => {
    const fetched = newBytes(image);
    const files = contextFiles(image).map((file) => `<code>${h(file)}</code>`);
    return (
      `<tr><th scope="row"><code>${h(image.name)}</code></th><td>${image.op === "same" ? "unchanged" : image.op}${image.intermediate ? ", to build with" : ""}</td><td class="number">${sizeBefore(image)}</td>` +
      `<td class="number">${sizeAfter(image)}</td><td class="number">${sizeDifference(image)}</td>` +
      `<td class="number">${fetched === undefined ? "" : bytes(fetched)}</td><td>${files.join("<br>")}</td></tr>`
    );
  });
  const columns = ["Image", "", "Before", "After", "Difference", "New layers", "What changed"];
  const why = [...new Set(all.flatMap(({ notBuilt }) => notBuilt ?? []))].map((text) => `<p>${h(text)}</p>`);
  return [
    table("Sizes of the images before and after", columns, rows),
    ...why,
    sizePicture(all),
    ...all.map(packages),
  ].join("\n");
}

function packages(image: ImageChange): string {
  const { name, packages: changed } = image;
  const picture = packagePicture(image);
  if (changed === undefined || (changed.length === 0 && picture === "")) return "";
  const rows = changed.map(
    ({ kind, type, name: pkg, before, after }) =>
      `<tr><th scope="row">${h(type)} <code>${h(pkg)}</code></th><td>${kind}</td><td>${h(before ?? "")}</td><td>${h(after ?? "")}</td></tr>`,
  );
  const list =
    rows.length === 0
      ? "<p>No package changes.</p>"
      : table(`Packages of ${name}`, ["Package", "", "Version before", "Version after"], rows);
  return `<details><summary>Packages of <code>${h(name)}</code>: ${count(changed.length, "change")}</summary>${picture}${list}</details>`;
}

function verification({ verification: verified }: Report): string {
  if (!verified) return "";
  const rows = verified.map(
    ({ image, passed, failed, notApplicable }) =>
      `<tr><th scope="row"><code>${h(image)}</code></th><td class="number">${passed}</td><td class="number">${failed.length}</td><td class="number">${notApplicable}</td></tr>`,
  );
  const broken = verified.flatMap(({ image, failed }) =>
    failed.map(
      ({ check, proves, source, evidence }) =>
        `<article class="problem error"><h3><code>${h(check)}</code> of <code>${h(image)}</code></h3><p>${h(proves)} <small>${h(source)}</small></p><pre tabindex="0">${h(evidence.join("\n"))}</pre></article>`,
    ),
  );
  return table("Checks of each image", ["Image", "Passed", "Failed", "Do not apply"], rows) + broken.join("\n");
}

function newer({ newer: found }: Report): string {
  if (!found || found.packages.length === 0) return "";
  const rows = found.packages.map(
    ({ image, name, installed, offered, security }) =>
      `<tr><th scope="row"><code>${h(image)}</code></th><td>${security ? "security fix" : ""}</td><td><code>${h(name)}</code></td><td>${h(installed)}</td><td>${h(offered)}</td></tr>`,
  );
  const columns = ["Image", "", "Package", "Has", "Newer"];
  return `<p>The archive had them at ${h(found.time)}; nothing here changes for it.</p>${table("Packages that the archive has newer", columns, rows)}`;
}

function times({ timings }: Report): string {
  if (timings.length === 0) return "";
  const longest = Math.max(...timings.map(({ seconds: took }) => took), 1);
  const rows = timings.map(
    ({ name, what, seconds: took }) =>
      `<tr><th scope="row"><code>${h(name)}</code></th><td>${h(what)}</td><td class="number">${seconds(took)}</td><td class="bar" aria-hidden="true"><svg viewBox="0 0 100 8" preserveAspectRatio="none"><rect class="now" width="${((took / longest) * 100).toFixed(1)}" height="8"/></svg></td></tr>`,
  );
  return table("How long each step took", ["Step", "What", "Time", ""], rows);
}

/** Columns of numbers, which stand at the right. */
const NUMBERS = new Set(["Before", "After", "Difference", "New layers", "Passed", "Failed", "Do not apply", "Time"]);

/** Tables scroll sideways on narrow screens, by keyboard too. */
function table(caption: string, columns: readonly string[], rows: readonly string[]): string {
  const head = columns.map((name) => {
    const kind = NUMBERS.has(name) ? ' class="number"' : "";
    return name === "" ? "<td></td>" : `<th scope="col"${kind}>${name}</th>`;
  });
  return `<div class="scroll" role="region" aria-label="${h(caption)}" tabindex="0"><table><caption>${h(caption)}</caption><thead><tr>${head.join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}
