import { execFileSync } from "node:child_process";
import { closeSync, existsSync, globSync, openSync, readSync } from "node:fs";
import { delimiter, join } from "node:path";
import { executable } from "../executable";
import { cacheDir, shellFolder, toolsFolder } from "../paths";
import type { Step } from "./step";

/** The steps of `cronium test`. */
export interface Steps {
  /** What the others need. */
  first: Step[];
  /** They keep a processor busy; those that wait for an engine run at the same time. */
  quick: Step[];
  slow: Step[];
}

/** @param linters the folder of the linters' programs */
export function testSteps(root: string, linters: string): Steps {
  const bin = (name: string) => join(root, "node_modules", ".bin", name);
  const shell = sources(root, "**/*").filter((file) => isShellScript(join(root, file)));
  const npm = join(root, "images", "runtime-api");
  const mypy = [`--cache-dir=${join(cacheDir(), "mypy")}`, "--no-error-summary", "images/python/helper/cronium"];
  return {
    first: packagesReady(root, npm) ? [] : [step("npm ci --prefix images/runtime-api", "npm", "ci", "--prefix", npm)],
    quick: [
      step("types", bin("tsc"), "--noEmit"),
      step("types of images/runtime-api", bin("tsc"), "--noEmit", "-p", npm),
      step("biome", bin("biome"), "check", "--error-on-warnings"),
      step("shellcheck", join(linters, "shellcheck"), ...shell),
      step("shfmt", join(linters, "shfmt"), "--diff", "--indent=2", "--case-indent", ...shell),
      step("ruff", join(linters, "ruff"), "check", "--no-cache", "--quiet", "."),
      // A script of the folder has the path where it was made. aiohttp is not among the linters: what comes from it has no
      // type here.
      step(
        "mypy",
        join(linters, "python"),
        "-m",
        "mypy",
        "--strict",
        "--ignore-missing-imports",
        "--python-version=3.13",
        ...mypy,
      ),
      mochaStep(root, "unit"),
    ],
    slow: [mochaStep(root, "integration")],
  };

  function step(name: string, ...command: [string, ...string[]]): Step {
    return { name, command, cwd: root };
  }
}

/** What `--all` adds: the system tests (Go's own among them), Go's layout, and that the measurements run. */
export function systemSteps(root: string): Step[] {
  const goroot = execFileSync(ensureGo(root), ["env", "GOROOT"], { encoding: "utf8" }).trim();
  // gofmt names the files that it would change, with status 0.
  const format = `out=$("$0" -l "$@") && [ -z "$out" ] || { echo "$out"; exit 1; }`;
  const files = sources(root, "toolchain/**/*.go");
  return [
    { name: "gofmt", command: ["sh", "-c", format, join(goroot, "bin", "gofmt"), ...files], cwd: root },
    mochaStep(root, "system"),
    ...benchSteps(root),
  ];
}

/** Each measurement once, on the dev stack, with what it prints; an image over its budget is one that fails. */
function benchSteps(root: string): Step[] {
  const env = { ...process.env, PATH: [shellFolder(root), process.env.PATH].join(delimiter) };
  return sources(root, "bench/*.ts").map((file) => ({
    name: `${file} runs`,
    command: [process.execPath, "--import", join(root, "register.mjs"), file, "1"],
    cwd: root,
    env,
    shown: true,
  }));
}

/** Folders whose tests wait for an engine most of the time, and so run beside each other; those that take longest come first. */
const PARALLEL: Record<string, readonly string[]> = {
  integration: ["stack"],
  system: ["day", "runtime-api-openapi", "runtime-api-faults", "interrupted"],
};

function mochaStep(root: string, folder: string): Step {
  const mocha = join(root, "node_modules", "mocha", "bin", "mocha.js");
  const longest = PARALLEL[folder]?.map((name) => `test/${folder}/${name}.test.ts`);
  const files = new Set([...(longest ?? []), ...sources(root, `test/${folder}/**/*.test.ts`)]);
  const options = longest === undefined ? [] : ["--parallel", "--jobs", "2"];
  // A test that is skipped is one that could not run.
  const command: Step["command"] = [process.execPath, mocha, "--forbid-only", "--forbid-pending", ...options, ...files];
  return { name: `${folder} tests`, command, cwd: root, mocha: true };
}

function ensureGo(root: string): string {
  const fetched = join(toolsFolder(), "go");
  const found = executable("go") ?? (existsSync(fetched) ? fetched : undefined);
  if (found !== undefined) return found;
  execFileSync(join(root, "toolchain", "fetch"), ["go"], { stdio: ["ignore", 2, 2] });
  return fetched;
}

/** Files of the project, packages aside. */
function sources(root: string, pattern: string): string[] {
  return globSync(pattern, { cwd: root, exclude: ["**/node_modules", "**/.git"], withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function isShellScript(file: string): boolean {
  const start = Buffer.alloc(64);
  const open = openSync(file, "r");
  readSync(open, start);
  closeSync(open);
  // One that is sourced has no first line of its own, but says so to the linter.
  return /^#(!.*\b| shellcheck shell=)(ba)?sh\b/.test(start.toString());
}

function packagesReady(root: string, folder: string): boolean {
  try {
    execFileSync(process.execPath, [join(root, "toolchain", "packages.mjs"), folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
