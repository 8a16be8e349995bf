import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { executable } from "../executable";
import { findPulumi } from "../toolchain";
import { readVersions } from "../versions";
import { type Finding, finding } from "./finding";

/** Node.js, the npm packages, Pulumi and its plugins. */
export async function toolFindings(root: string): Promise<Finding[]> {
  const { status } = spawnSync(process.execPath, [join(root, "toolchain", "packages.mjs"), root]);
  return [
    // register.mjs has refused any that is too old.
    finding("Node.js", true, `${process.versions.node}, ${process.execPath}`, ""),
    finding("npm packages", status === 0, join(root, "node_modules"), "not those of package-lock.json: type npm ci"),
    ...(await pulumiFindings(root)),
  ];
}

async function pulumiFindings(root: string): Promise<Finding[]> {
  const { pulumi: wanted, plugins } = readVersions(root);
  const found = await findPulumi(root);
  if (found === undefined) {
    const mend = `./cronium up builds it, once (about 6 minutes), or install Pulumi ${wanted} or newer`;
    return [finding("Pulumi", false, "none on the PATH, none built", mend)];
  }
  const home = found.home ?? (process.env.PULUMI_HOME || join(homedir(), ".pulumi"));
  const folder = join(home, "plugins");
  const installed = existsSync(folder) ? readdirSync(folder) : [];
  // The PATH's Pulumi takes plugins of the PATH, too.
  const onPath = (name: string) => (found.origin === "path" ? executable(`pulumi-resource-${name}`) : undefined);
  return [
    finding(
      "Pulumi",
      true,
      `${found.version}, ${found.pulumi} (${found.origin === "path" ? "from the PATH" : "built"})`,
      "",
    ),
    ...plugins.map(({ name, version }) =>
      finding(
        `plugin ${name}`,
        installed.includes(`resource-${name}-v${version}`) || onPath(name) !== undefined,
        onPath(name) ?? `${version}, ${folder}`,
        "missing: ./cronium up installs it; where it cannot be downloaded, export CRONIUM_PULUMI=built",
      ),
    ),
  ];
}
