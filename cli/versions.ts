import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "./errors";

/** The versions that package.json pins, without `v`: of Pulumi, and of the plugins that its programs use. */
export interface Versions {
  pulumi: string;
  plugins: { name: string; version: string }[];
}

/** Reads the pins: a version that is a range would let the parts drift apart. */
export function readVersions(root: string): Versions {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const pin = (name: string): string => {
    const version = dependencies[name] ?? "";
    if (!/^\d+\.\d+\.\d+$/.test(version)) {
      throw new CliError(`package.json: dependencies["${name}"] is "${version}": give an exact version`);
    }
    return version;
  };
  const plugins = ["docker", "random"].map((name) => ({ name, version: pin(`@pulumi/${name}`) }));
  return { pulumi: pin("@pulumi/pulumi"), plugins };
}

/** Whether a Pulumi of that version can run the project: of the same major version, and not older. */
export function isNewEnough(version: string, wanted: string): boolean {
  const [a, b] = [version, wanted].map((text) =>
    text
      .replace(/^v/, "")
      .split(/[.+-]/)
      .map((part) => Number.parseInt(part, 10)),
  ) as [number[], number[]];
  if (a[0] !== b[0]) return false;
  return (a[1] ?? 0) !== (b[1] ?? 0) ? (a[1] ?? 0) > (b[1] ?? 0) : (a[2] ?? 0) >= (b[2] ?? 0);
}
