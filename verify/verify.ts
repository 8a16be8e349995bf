import type { Docker } from "../docker/client";
import { contentDigest } from "../docker/image";
import type { Check, Verdict } from "./check";
import { CHECKS } from "./checks";
import { type Containers, lockedContainers } from "./containers";
import { type ImageContents, sizeOf } from "./image";
import { readImage } from "./read";

/** What is proven about one image, and what is not. */
export interface Report {
  reference: string;
  contentDigest: string;
  /** Sum of the sizes of the files in all layers. */
  sizeBytes: number;
  results: { check: Check; verdict: Verdict }[];
}

/** Reads an image of the engine and runs checks on it; containers that this takes are gone at the end. */
export async function verifyImage(docker: Docker, reference: string, checks = CHECKS): Promise<Report> {
  return verifyContents(await readImage(docker, reference), lockedContainers(docker, reference), checks);
}

/** Runs checks on an image that was read: those that start containers beside each other, as they mostly wait. */
export async function verifyContents(
  image: ImageContents,
  containers: Containers,
  checks: readonly Check[] = CHECKS,
): Promise<Report> {
  const results = await Promise.all(
    checks.map(async (check) => ({ check, verdict: await check.check(image, containers) })),
  );
  return {
    reference: image.reference,
    contentDigest: contentDigest(image.config),
    sizeBytes: sizeOf(image),
    results,
  };
}

export function isGood({ results }: Report): boolean {
  return results.every(({ verdict }) => verdict.status !== "fail");
}
