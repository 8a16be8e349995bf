import { type Verdict, verdict } from "./check";
import type { Elf } from "./elf";
import { reasonFor } from "./exceptions";
import { filesOf, type ImageContents } from "./image";

/** The programs and libraries of an image; each file once. */
export function elfFiles(image: ImageContents): [path: string, elf: Elf][] {
  return filesOf(image).flatMap(([path, { elf }]) => (elf ? [[path, elf] as [string, Elf]] : []));
}

/** Fails for each ELF file in which `fault` sees one and that has no listed reason; says who has which reason. */
export function elfVerdict(
  image: ImageContents,
  check: string,
  fault: (elf: Elf, path: string) => string | undefined,
): Verdict {
  const files = elfFiles(image);
  const faults = files.flatMap(([path, elf]) => {
    const found = fault(elf, path);
    return found === undefined ? [] : [{ path, found, reason: reasonFor(check, path) }];
  });
  const reasons = [...new Set(faults.map(({ reason }) => reason))].flatMap((reason) => {
    const excused = faults.filter((one) => one.reason === reason).map(({ path }) => path);
    return reason === undefined ? [] : [`; ${excused.join(", ")}: ${reason}`];
  });
  const violations = faults.filter(({ reason }) => reason === undefined).map(({ path, found }) => `${path} ${found}`);
  return verdict(violations, `${files.length} ELF files${reasons.join("")}`);
}
