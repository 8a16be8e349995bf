/** A package that has a newer version in the archive. */
export interface Newer {
  name: string;
  installed: string;
  offered: string;
  /** Whether the version comes from the security archive. */
  security: boolean;
}

/** Reads what newer-packages prints: "PACKAGE VERSION NEWER SUITE", versions of a package in the archive's order. */
export function parseNewer(text: string): Newer[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [name = "", installed = "", offered = "", suite = ""] = line.split(" ");
      return { name, installed, offered, security: suite.endsWith("-security") };
    });
}

/**
 * One entry for each package, security fixes first, then by name. A version that is in the security archive too counts as
 * a security fix; of several versions the last one, which newer-packages sorts by version, is named.
 */
export function newest(list: readonly Newer[]): Newer[] {
  const byName = new Map<string, Newer>();
  for (const one of list) {
    const before = byName.get(one.name);
    byName.set(one.name, { ...one, security: one.security || (before?.security ?? false) });
  }
  return [...byName.values()].sort((a, b) => Number(b.security) - Number(a.security) || (a.name < b.name ? -1 : 1));
}
