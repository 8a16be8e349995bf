import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withAuthorities } from "../authorities";
import { CliError, say } from "../errors";
import { installPackages, isDebian, manualInstall } from "../install";
import { cacheDir } from "../paths";

/**
 * The pinned linters (shellcheck, shfmt, ruff, mypy), fetched once from Python's package index.
 * @returns the folder of their programs
 */
export async function ensureLinters(root: string): Promise<string> {
  const pins = join(root, "cli", "checks", "linters.txt");
  const hash = createHash("sha256").update(readFileSync(pins)).digest("hex").slice(0, 12);
  const folder = join(cacheDir(), `linters-${hash}`);
  if (existsSync(folder)) return join(folder, "bin");
  await ensureVenv();
  say("fetching shellcheck, shfmt, ruff and mypy, once: about 20 s and 130 MB of disk");
  const draft = `${folder}.${process.pid}`;
  try {
    python("python3", "-m", "venv", draft);
    const pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"];
    python(join(draft, "bin", "python"), ...pip, "--require-hashes", "-r", pins);
    if (!existsSync(folder)) renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return join(folder, "bin");
}

async function ensureVenv(): Promise<void> {
  if (spawnSync("python3", ["-c", "import venv, ensurepip"]).status === 0) return;
  const why = "the linters come from Python's package index, and Python has no venv module";
  if (process.getuid?.() === 0 && isDebian()) return installPackages(["python3-venv"], why);
  throw new CliError(`${why}. ${manualInstall(["python3-venv"])}`);
}

function python(program: string, ...args: string[]): void {
  const { status, error } = spawnSync(program, args, { env: withAuthorities(), stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    throw new CliError(
      `the linters cannot be fetched: ${program} ${args[1]} ${error?.message ?? `ended with ${status}`}: what is above says why; ` +
        "they come from Python's package index (PIP_INDEX_URL, PIP_CERT, a proxy)",
    );
  }
}
