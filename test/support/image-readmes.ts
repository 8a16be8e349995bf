import { readFileSync } from "node:fs";
import { posix } from "node:path";
import type { Verdict } from "../../verify/check";
import { type Entry, type ImageContents, sizeOf } from "../../verify/image";
import { packagesOf } from "../../verify/packages";
import type { Report } from "../../verify/verify";

/*
 * The generated parts of the images' READMEs: what is in each image, and which check guarantees what. Debian's archive moves
 * on, so versions and sizes are those of the day that the table names; names of packages and marks of checks always hold.
 * test/support/write-image-readmes.ts writes them, test/integration/verify.test.ts checks them.
 */

/** The README of an image, or of all. */
export function readmeOf(image?: string): string {
  return posix.join("images", image ?? "", "README.md");
}

/** What stands between a pair of comments in a README. */
export function section(readme: string, name: string): string {
  return pattern(name).exec(readFileSync(readme, "utf8"))?.[1] ?? "";
}

/** A README with other text between a pair of comments. */
export function withSection(readme: string, name: string, text: string): string {
  return readFileSync(readme, "utf8").replace(pattern(name), () => `<!-- ${name} -->\n${text}<!-- /${name} -->`);
}

/** One line a package: name, version and kB in the image; then what is no package's, the base image, and the sum. */
export function contentsTable(image: ImageContents, base?: ImageContents): string {
  const today = new Date().toISOString().slice(0, 10);
  const files = image.layers.slice(base?.layers.length ?? 0).flatMap(({ entries }) => [...entries]);
  const owners = ownersOf(image);
  const bytes = new Map<string, number>();
  for (const [path, { size }] of files) {
    const owner = owners(path);
    bytes.set(owner, (bytes.get(owner) ?? 0) + size);
  }
  const versions = new Map(packagesOf(image).map(({ name, version }) => [shown(name), version]));
  const line = (name: string, size: number, version = "") => `| ${name} | ${version} | ${kilobytes(size)} |\n`;
  const packages = [...bytes].filter(([name]) => versions.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const others = [...bytes].filter(([name, size]) => !versions.has(name) && size > 0).sort();
  return [
    `| package | version on ${today} | kB |\n| --- | --- | --- |\n`,
    ...packages.map(([name, size]) => line(name, size, versions.get(name))),
    ...others.map(([name, size]) => line(name, size)),
    ...(base ? [line("all that [base](../base/README.md) has", sizeOf(base))] : []),
    line("together", sizeOf(image)),
  ].join("");
}

/** The first cells of a table's lines, without its head. */
export function namesIn(table: string): string[] {
  return cells(table).map(([name = ""]) => name);
}

/** The kB of a table's last line. */
export function totalIn(table: string): number {
  return Number(cells(table).at(-1)?.[2]);
}

/** One line a check, with a mark for each image that it proves something of. */
export function guaranteesTable(reports: Readonly<Record<string, Report>>): string {
  const images = Object.keys(reports);
  const checks = Object.values(reports)[0]?.results.map(({ check }) => check) ?? [];
  const mark = (image: string, id: string) => {
    const found = reports[image]?.results.find(({ check }) => check.id === id)?.verdict.status;
    return MARKS[found ?? "none"];
  };
  const row = (...all: string[]) => `| ${all.join(" | ")} |\n`;
  return [
    row("check", "what it guarantees", ...images),
    row("---", "---", ...images.map(() => ":-:")),
    ...checks.map(({ id, proves }) => row(`\`${id}\``, proves, ...images.map((image) => mark(image, id)))),
  ].join("");
}

const MARKS: Readonly<Record<Verdict["status"], string>> = { pass: "✓", fail: "✗", none: "" };

/** Whose a file is: a package of Debian or npm, or a group of those that no package has. */
function ownersOf(image: ImageContents): (path: string) => string {
  const debian = new Map<string, string>();
  for (const [path, entry] of image.files) {
    const name = /^\/var\/lib\/dpkg\/status\.d\/(.+)\.md5sums$/.exec(path)?.[1];
    if (name) for (const line of text(entry).split("\n")) debian.set(`/${line.slice(34)}`, name);
  }
  const folders = packagesOf(image)
    .filter(({ type }) => type === "npm")
    .map(({ name, record }) => [`${posix.dirname(record)}/`, shown(name)] as const);
  return (path) => {
    const owner = debian.get(path) ?? folders.find(([folder]) => path.startsWith(folder))?.[1];
    if (owner) return owner;
    if (path === "/usr/local/bin/node") return NODE;
    if (path.endsWith(".pyc")) return "byte code";
    return /^\/(usr\/share\/(doc|common-licenses|sbom)|var\/lib\/dpkg)\//.test(path)
      ? "licences, records of packages, SBOM"
      : "files of the image's own";
  };
}

/** npm's name of Node.js has the architecture in it. */
const NODE = "node";
function shown(name: string): string {
  return name.startsWith("node-linux-") ? NODE : name;
}

function text({ bytes }: Entry): string {
  return bytes?.toString("utf8") ?? "";
}

function kilobytes(bytes: number): string {
  return bytes > 0 && bytes < 500 ? "<1" : String(Math.round(bytes / 1000));
}

function cells(table: string): string[][] {
  const lines = table.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(2).map((line) => line.slice(2, -2).split(" | "));
}

function pattern(name: string): RegExp {
  return new RegExp(`<!-- ${name} -->\n(.*?)<!-- /${name} -->`, "s");
}
