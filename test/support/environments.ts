import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { resolveDockerHost } from "../../docker/host";
import { temporaryFolder } from "./engine";
import { inventory } from "./inventory";
import { copyProject } from "./project";
import { type Registry, startRegistry } from "./registry";

/** staging and prod of a copy of the project under git, with a registry, a backend and namespaces of their own. */
export interface Environments {
  folder: string;
  registry: Registry;
  /** The repositories of staging in the registry: `team/<namespace>-staging/cronium`, once the README's words are followed. */
  repositories: string;
  /** Runs commands in the project, as those who share the environments do; never throws on a status. */
  shell(code: string): { status: number | null; stdout: string; text: string };
  /** As shell, returns what it printed, and fails the test when the status is not 0. */
  ok(code: string): string;
  outputs<T>(stack: string): T;
  read(path: string): string;
  write(path: string, content: string): void;
  commit(message: string): void;
  /** The images whose repositories the registry was sent something while `work` ran, sorted. */
  pushed(work: () => unknown): string[];
  /** Puts what differs from one run to the next into words. */
  plain(text: string): string;
  /** Destroys both, and fails the test if anything is left. */
  remove(): Promise<void>;
}

export async function sharedEnvironments(): Promise<Environments> {
  const registry = await startRegistry();
  const state = temporaryFolder();
  const project = copyProject();
  const { folder, namespace } = project;
  const env = {
    ...process.env,
    DOCKER_HOST: resolveDockerHost().host,
    PULUMI_BACKEND_URL: pathToFileURL(state.path).href,
    PULUMI_CONFIG_PASSPHRASE: "test",
    XDG_STATE_HOME: project.state,
  };
  const shell = (code: string) => {
    const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", code], {
      cwd: folder,
      env,
      maxBuffer: 1 << 28,
    });
    return { status, stdout: stdout.toString(), text: `${stdout}\n${stderr}` };
  };
  const ok = (code: string) => {
    const { status, stdout, text } = shell(code);
    assert.equal(status, 0, text);
    return stdout;
  };
  const read = (path: string) => readFileSync(join(folder, path), "utf8");
  const commit = (message: string) => {
    ok(`git add -A && git -c user.name=t -c user.email=t@t.test commit -qm "${message}"`);
  };
  for (const stack of ["staging", "prod"]) {
    const file = `Pulumi.${stack}.yaml`;
    project.write(file, read(file).replace(`namespace: ${stack}`, `namespace: ${namespace}-${stack}`));
  }
  ok("git init -q");
  commit("start");
  return {
    folder,
    registry,
    repositories: `team/${namespace}-staging/cronium`,
    shell,
    ok,
    outputs: <T>(stack: string) => JSON.parse(ok(`./cronium stack output --json --stack ${stack}`)) as T,
    read,
    write: project.write,
    commit,
    pushed(work) {
      const before = registry.requests().length;
      work();
      const sent = registry
        .requests()
        .slice(before)
        .flatMap((line) => /^(?:PUT|POST|PATCH) \/v2\/(\S+?)\/(?:blobs|manifests)\//.exec(line)?.[1] ?? []);
      return [...new Set(sent)].map((repository) => repository.slice(repository.lastIndexOf("/") + 1)).sort();
    },
    plain: (text) =>
      text
        .replaceAll(registry.address, "REGISTRY")
        .replaceAll(namespace, "NAMESPACE")
        .replace(/\b[0-9a-f]{12,64}\b/g, "HEX")
        .replace(/\b\d+(\.\d+)? (s|MB|%|unchanged|rules|checks)(?!\w)/g, "N $2")
        .replace(/<code>[^<]*<\/code> \|$/gm, (cell) =>
          /^<code>[\d.:]+[^<]*-/.test(cell) ? "<code>VERSION</code> |" : cell,
        )
        // The copy's version is its own, its helpers have the project's.
        .replace(/^- <code>helper-version<.*\n/m, "")
        .replace(/(Sizes\.\w+: )\d+/g, "$1N")
        .replace(/(\.ts:)\d+/g, "$1N"),
    async remove() {
      const destroy = (stack: string) =>
        `./cronium state unprotect --all --yes --stack ${stack}; ./cronium destroy --yes --stack ${stack}`;
      const { text } = shell(["prod", "staging"].map((stack) => `(${destroy(stack)}) || true`).join("\n"));
      project.remove();
      state.remove();
      await registry.remove();
      const left = (await inventory()).filter((line) => line.includes(namespace));
      assert.deepEqual(left, [], text);
    },
  };
}
