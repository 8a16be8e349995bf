/*
 * Writes the generated parts of the images' READMEs from the images of the stack that is up.
 * Usage: node --import ./register.mjs test/support/write-image-readmes.ts
 */
import { writeFileSync } from "node:fs";
import { dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { lockedContainers } from "../../verify/containers";
import type { ImageContents } from "../../verify/image";
import { readImage } from "../../verify/read";
import { type Report, verifyContents } from "../../verify/verify";
import { contentsTable, guaranteesTable, readmeOf, withSection } from "./image-readmes";
import { IMAGES, imageRef } from "./images";

async function main(): Promise<void> {
  const docker = await dockerClient(resolveDockerHost());
  const reports: Record<string, Report> = {};
  let base: ImageContents | undefined;
  for (const image of IMAGES) {
    const contents = await readImage(docker, imageRef(image));
    reports[image] = await verifyContents(contents, lockedContainers(docker, imageRef(image)));
    const readme = readmeOf(image);
    writeFileSync(readme, withSection(readme, "contents", contentsTable(contents, base)));
    base ??= contents;
  }
  writeFileSync(readmeOf(), withSection(readmeOf(), "guarantees", guaranteesTable(reports)));
}

main();
