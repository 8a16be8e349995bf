import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What a registry takes as proof of who asks, as the Engine API wants it in X-Registry-Auth; empty for nobody. */
export interface RegistryAuth {
  username?: string;
  password?: string;
  identitytoken?: string;
  serveraddress?: string;
}

/** Credentials, and where they came from, for messages. */
export interface Login {
  auth: RegistryAuth;
  source: string;
}

/** Credentials that a program gives itself, for one registry. */
export interface GivenLogin {
  registry: string;
  username: string;
  password: string;
}

/** The registry of a reference (distribution/reference): `docker.io` unless its first part is a host. */
export function registryOf(reference: string): string {
  const [first, ...rest] = reference.split("/");
  return rest.length > 0 && first && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
}

/**
 * Finds the credentials for a registry: those given, else Docker's own, from config.json's credHelpers, credsStore or auths.
 * @throws when config.json names a helper that is not there or fails
 */
export async function loginFor(registry: string, given?: GivenLogin): Promise<Login> {
  if (given?.registry === registry) {
    const { username, password } = given;
    return {
      auth: { username, password, serveraddress: registry },
      source: `user ${username} of the stack's settings`,
    };
  }
  const file = join(process.env.DOCKER_CONFIG || join(homedir(), ".docker"), "config.json");
  const config = readConfig(file);
  const server = registry === "docker.io" ? "https://index.docker.io/v1/" : registry;
  const helper = config.credHelpers?.[server] ?? config.credsStore;
  if (helper) {
    const auth = await askHelper(helper, server, file);
    if (auth) return { auth, source: `the credential helper ${helper} of ${file}` };
  }
  const auth = fromEntry(config.auths?.[server] ?? config.auths?.[`https://${server}`], server);
  if (auth) return { auth, source: `${file}` };
  return { auth: {}, source: `nobody: ${file} has no credentials for it` };
}

/** The parts of Docker's config.json that matter here. */
interface DockerConfig {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

/** Helpers' own word for the user name of a token (docker/docker-credential-helpers). */
const TOKEN_USER = "<token>";
const NOT_FOUND = /credentials not found/i;
const HELPER_TIMEOUT_MS = 30_000;

function readConfig(file: string): DockerConfig {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return {}; // no config, no credentials
  }
  try {
    return JSON.parse(text) as DockerConfig;
  } catch {
    throw new Error(`${file} is no JSON: mend or remove it.`); // the parser's reason quotes the file
  }
}

function fromEntry(entry: { auth?: string; identitytoken?: string } | undefined, server: string) {
  if (entry?.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: server };
  if (!entry?.auth) return undefined;
  const plain = Buffer.from(entry.auth, "base64").toString("utf8");
  const colon = plain.indexOf(":");
  return { username: plain.slice(0, colon), password: plain.slice(colon + 1), serveraddress: server };
}

/** Runs `docker-credential-<helper> get`; what goes in and comes out passes through pipes only. */
async function askHelper(helper: string, server: string, file: string): Promise<RegistryAuth | undefined> {
  const program = `docker-credential-${helper}`;
  const { status, output } = await new Promise<{ status: number | null; output: string }>((resolve, reject) => {
    const child = spawn(program, ["get"], { stdio: ["pipe", "pipe", "ignore"], timeout: HELPER_TIMEOUT_MS });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stdin.on("error", () => undefined); // it ended without reading: its status says why
    child.on("error", ({ message }) =>
      reject(new Error(`${file} names the credential helper ${helper}, but ${program} does not start: ${message}.`)),
    );
    child.on("close", (status) => resolve({ status, output }));
    child.stdin.end(server);
  });
  if (status !== 0) {
    if (NOT_FOUND.test(output)) return undefined;
    throw new Error(`the credential helper ${program} failed for ${server} (status ${status}): see \`docker login\`.`);
  }
  const { Username, Secret } = JSON.parse(output) as { Username: string; Secret: string };
  if (Username === TOKEN_USER) return { identitytoken: Secret, serveraddress: server };
  return { username: Username, password: Secret, serveraddress: server };
}
