/** The page's style. Each pair of text and ground has a contrast of 4.5 or more (WCAG 2.2, 1.4.3), in both schemes. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --raised: #f4f5f7; --text: #1b1f24; --faint: #57606a; --line: #d0d7de;
  --link: #0550ae; --good: #116329; --bad: #a40e26; --warn: #7d4e00; --same: #8c959f; --gone: #cf222e; --new: #0969da; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --raised: #161b22; --text: #e6edf3; --faint: #9da7b3;
  --line: #30363d; --link: #79c0ff; --good: #56d364; --bad: #ff8f88; --warn: #e3b341; --same: #6e7681; --gone: #ff7b72;
  --new: #58a6ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 75rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2rem 0 .75rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0 0 .5rem; }
.path, small, caption, figcaption, .why { color: var(--faint); }
.path { margin: 0; }
.outcome.unchanged { color: var(--good); }
.outcome.changed { color: var(--link); }
.outcome.blocked, .outcome.failed, .outcome.interrupted { color: var(--bad); }
nav ul, .changes { list-style: none; margin: 0; padding: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
nav a { display: inline-block; padding: .25rem 0; }
.notice { padding: .5rem .75rem; border-left: .3rem solid; background: var(--raised); }
.notice.bad { border-color: var(--bad); }
.notice.warn { border-color: var(--warn); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: normal; }
th[scope="row"] { font-weight: 600; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
code, pre, .op { font-family: ui-monospace, monospace; font-size: .875em; }
pre { margin: 0; padding: .75rem; background: var(--raised); overflow-x: auto; white-space: pre-wrap; }
.change { border-bottom: 1px solid var(--line); }
.change summary, .change .plain { padding: .4rem 0; min-height: 1.5rem; }
.change .plain { padding-left: 1.1rem; }
summary { cursor: pointer; }
.op { font-weight: 700; white-space: pre; }
.op.create, pre .add { color: var(--good); }
.op.update, .op.import, .op.refresh, .op.read, pre .update { color: var(--warn); }
.op.replace, .op.delete, pre .delete, .tag.bad { color: var(--bad); }
.tag { border: 1px solid; border-radius: .25rem; padding: 0 .3rem; font-size: .8125rem; }
.tag.warn { color: var(--warn); }
.why::before { content: "— "; }
.filters { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; border: 1px solid var(--line); margin: 0 0 .5rem; }
.filters label { padding: .25rem 0; }
${["create", "update", "replace", "delete", "import", "refresh", "read"]
  .map((op) => `body:has(#show-${op}:not(:checked)) .change.${op}`)
  .join(", ")} { display: none; }
.problem { border-left: .3rem solid var(--warn); padding-left: .75rem; margin: 0 0 1rem; }
.problem p { margin: .15rem 0; }
.problem.error { border-color: var(--bad); }
figure { margin: 1rem 0; }
figcaption svg { width: .75rem; height: .75rem; }
figcaption span { white-space: nowrap; margin-left: .75rem; }
.picture { width: 100%; min-width: 40rem; font: 13px system-ui, sans-serif; }
.picture text { fill: var(--text); }
.picture .label { text-anchor: end; }
rect { stroke: var(--ground); }
.same { fill: var(--same); }
.gone { fill: var(--gone); stroke-dasharray: 3 2; }
.new, .now { fill: var(--new); }
.bar { width: 30%; }
.bar svg { width: 100%; height: .5rem; }
@media print {
  nav, .skip, .filters { display: none; }
  body { max-width: none; }
  details::details-content { content-visibility: visible; height: auto; }
  .change, tr, figure { break-inside: avoid; }
  .scroll { overflow: visible; }
}
`;
