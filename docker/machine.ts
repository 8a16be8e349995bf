import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where this machine gets packages from. Each is absent where the machine has nothing of the kind. */
export interface MachineSources {
  DEBIAN_MIRROR?: string;
  DEBIAN_SECURITY_MIRROR?: string;
  NPM_REGISTRY?: string;
  PYPI_INDEX?: string;
  APT_PROXY?: string;
}

/**
 * The machine's configuration as secrets of a build: `machine`, an env file of MachineSources in sh quoting, and `ca`, its
 * bundle of certificate authorities, with those of NODE_EXTRA_CA_CERTS and of the PEM file `extraCa`. Steps mount them;
 * they reach no hash, cache key, history or layer.
 */
export async function machineSecrets(extraCa?: string): Promise<Record<string, string>> {
  const sources = Object.entries(await machineSources()).filter(([, value]) => value);
  const machine = sources.map(([key, value]) => `${key}='${String(value).replaceAll("'", "'\\''")}'\n`).join("");
  const bundle = [process.env.SSL_CERT_FILE, "/etc/ssl/certs/ca-certificates.crt"].find(isThere);
  const files = [bundle, process.env.NODE_EXTRA_CA_CERTS].filter(isThere);
  const found = [...files.flatMap(certificatesIn), ...(extraCa === undefined ? [] : readAuthorities(extraCa))];
  // Each once: BuildKit takes no secret of more than 500 KiB.
  return { machine, ...(found.length > 0 && { ca: `${[...new Set(found)].join("\n")}\n` }) };
}

/**
 * The certificates in a PEM file, each as its PEM text.
 * @throws Error naming the file, when it is not there or has none that can be read
 */
export function readAuthorities(path: string): string[] {
  const remedy = "set cronium:extraCa to a PEM file of certificates, relative to Pulumi.yaml";
  if (!isThere(path)) throw new Error(`there is no file "${path}": ${remedy}`);
  const found = certificatesIn(path);
  try {
    if (found.length === 0) throw new Error("it has no certificate");
    for (const certificate of found) new X509Certificate(certificate);
  } catch (error) {
    throw new Error(`"${path}" cannot be used (${(error as Error).message}): ${remedy}`);
  }
  return found;
}

function certificatesIn(path: string): string[] {
  return readFileSync(path, "utf8").match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
}

function isThere(path: string | undefined): path is string {
  return path !== undefined && existsSync(path);
}

/** The machine's proxies as BuildKit's predefined build args, which are in no cache key and no history. */
export function proxyArgs(): Record<string, string> {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Hides user names and passwords in the URLs of a text, which a mirror's address may have. */
export function withoutCredentials(text: string): string {
  return text.replace(/(:\/\/)[^/\s@]+@/g, "$1[secret]@");
}

let found: Promise<MachineSources> | undefined;

/** Asks apt, npm and pip for what they are set to; once a process. */
export function machineSources(): Promise<MachineSources> {
  found ??= findSources();
  return found;
}

async function findSources(): Promise<MachineSources> {
  const [mirrors, proxy, npm] = await Promise.all([
    debianMirrors(),
    output("apt-config", ["shell", "PROXY", "Acquire::http::Proxy"]),
    process.env.NPM_CONFIG_REGISTRY || process.env.npm_config_registry || output("npm", ["config", "get", "registry"]),
  ]);
  return {
    ...mirrors,
    ...(npm.startsWith("http") ? { NPM_REGISTRY: npm } : {}),
    ...only("PYPI_INDEX", process.env.PIP_INDEX_URL || pipIndex()),
    ...only("APT_PROXY", /^PROXY='(.*)'$/m.exec(proxy)?.[1]),
  };
}

async function debianMirrors(): Promise<Pick<MachineSources, "DEBIAN_MIRROR" | "DEBIAN_SECURITY_MIRROR">> {
  // The origin is known once `apt-get update` ran; before that only Debian's own machines tell whose mirror it is.
  const debian = existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
  const format = "$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)";
  const targets = (await output("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]))
    .split("\n")
    .map((line) => line.split("|"))
    .filter(([origin, , component, uri]) => {
      const ours = origin === "Debian" || (debian && (origin === "" || origin === "$(ORIGIN)"));
      return ours && component === "main" && /^https?:/.test(uri ?? "");
    });
  const uri = (security: boolean) =>
    targets.find(([, release]) => release?.endsWith("-security") === security)?.[3]?.replace(/\/$/, "");
  return { ...only("DEBIAN_MIRROR", uri(false)), ...only("DEBIAN_SECURITY_MIRROR", uri(true)) };
}

function pipIndex(): string | undefined {
  const config = process.env.XDG_CONFIG_HOME || join(homedir(), ".config");
  return [
    process.env.PIP_CONFIG_FILE,
    join(config, "pip", "pip.conf"),
    join(homedir(), ".pip", "pip.conf"),
    "/etc/pip.conf",
  ]
    .filter((path) => path && existsSync(path))
    .map((path) => /^\s*index-url\s*[=:]\s*(\S+)/m.exec(readFileSync(path as string, "utf8"))?.[1])
    .find((url) => url);
}

function only<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value ? ({ [key]: value } as { [P in K]?: string }) : {};
}

/** What a tool prints; empty when it is not there or fails. */
async function output(command: string, args: string[]): Promise<string> {
  try {
    return (await run(command, args, { timeout: 20_000 })).stdout.trim();
  } catch {
    return "";
  }
}
