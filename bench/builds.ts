import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { performance } from "node:perf_hooks";
import { bootstrapImage } from "../docker/bootstrap";
import { buildImage } from "../docker/build";
import { machineSecrets, proxyArgs } from "../docker/machine";
import { setTag } from "../docker/tags";
import { type PrivateEngine, privateEngine } from "../test/support/engine";
import { BUILDS, labelsOf } from "../test/support/images";
import { copyProject } from "../test/support/project";

/**
 * Builds of all images on engines that have nothing, in seconds: by `up`, and one after another by the engine alone, which
 * keeps its cache from image to image; then by `up` after one helper was changed. Each side has an engine of its own, in
 * memory: needs root, 6 GB and slirp4netns. The builder's root is in neither side's time.
 * Usage: node --import ./register.mjs bench/builds.ts
 */
const AIM = 0.75;
const AIM_WARM = 5;
const HELPER = "images/bash/helper/cronium.sh";

type Seconds = Record<string, number>;

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const loads = [load()];
  const alone = await onEngine(buildAlone);
  loads.push(load());
  const { cold, warm } = await onEngine(buildByUp);
  console.log("builds on an engine that has nothing, seconds");
  console.log(`  ${"".padEnd(26)}   alone      up`);
  for (const { name } of BUILDS) console.log(row(name, alone[name], cold.images[name]));
  const one = Object.values(alone).reduce((sum, seconds) => sum + seconds, 0);
  const { path, seconds } = criticalPath(cold.images);
  console.log(`${row("all", one, seconds)}   ratio ${(seconds / one).toFixed(2)}, ${AIM} is the aim`);
  if (seconds / one > AIM)
    console.log(`  critical path: ${path.map((name) => `${name} ${cold.images[name]}`).join(", ")}`);
  console.log(row("up, with root and stack", undefined, cold.whole));
  console.log(`one helper changed: ${HELPER}`);
  for (const [name, taken] of Object.entries(warm.images)) {
    console.log(`${row(name, undefined, taken)}   ${AIM_WARM} is the aim`);
  }
  console.log(row("up", undefined, warm.whole));
  console.log(`load of the machine (1 minute) before, between and after: ${[...loads, load()].join(", ")}`);
}

/** Sides begin alike: with an engine that was never used. */
async function onEngine<T>(work: (engine: PrivateEngine) => Promise<T>): Promise<T> {
  const engine = await privateEngine(6000, true);
  try {
    return await work(engine);
  } finally {
    await engine.remove();
  }
}

async function buildAlone({ docker }: PrivateEngine): Promise<Seconds> {
  const references: Record<string, string> = {};
  const name = async (image: string, id: string) => {
    const reference = `cronium/${image}:latest`;
    await setTag(docker, id, reference);
    references[image.toUpperCase().replace("-", "_")] = reference;
  };
  await name("builder-root", await bootstrapImage(docker, { suite: "trixie" }));
  const secrets = await machineSecrets();
  const taken: Seconds = {};
  for (const { name: image, folder, target } of BUILDS) {
    const start = performance.now();
    const buildArgs = { ...proxyArgs(), ...references };
    await name(
      image,
      await buildImage(docker, { context: `images/${folder}`, target, buildArgs, labels: labelsOf(image), secrets }),
    );
    taken[image] = (performance.now() - start) / 1000;
  }
  return taken;
}

async function buildByUp({ host }: PrivateEngine): Promise<Record<"cold" | "warm", Up>> {
  process.env.DOCKER_HOST = host;
  const project = copyProject();
  try {
    const up = (): Up => {
      const start = performance.now();
      const { stdout } = project.succeed("up", "--yes");
      return { whole: (performance.now() - start) / 1000, images: durations(stdout) };
    };
    const cold = up();
    project.write(HELPER, `${readFileSync(HELPER, "utf8")}# changed\n`);
    return { cold, warm: up() };
  } finally {
    project.remove();
    delete process.env.DOCKER_HOST;
  }
}

interface Up {
  /** From the command to its end. */
  whole: number;
  /** Of each image that was built, as Pulumi says it. */
  images: Seconds;
}

function durations(output: string): Seconds {
  const done = output.matchAll(/cronium:index:Image (\S+) (?:created|updated) \(([\d.]+)s\)/g);
  return Object.fromEntries([...done].map(([, name, seconds]) => [name as string, Number(seconds)]));
}

/** The chain of images, each from the one before, that took longest: what is built beside it costs nothing. */
function criticalPath(taken: Seconds): { path: string[]; seconds: number } {
  const ends: Record<string, { path: string[]; seconds: number }> = {};
  for (const { name, from } of BUILDS) {
    const longest = from.map((base) => ends[base]).reduce(later, { path: [], seconds: 0 });
    ends[name] = { path: [...longest.path, name], seconds: longest.seconds + (taken[name] ?? 0) };
  }
  return Object.values(ends).reduce(later);

  function later(one: { path: string[]; seconds: number }, other?: { path: string[]; seconds: number }) {
    return other !== undefined && other.seconds > one.seconds ? other : one;
  }
}

function row(name: string, ...cells: (number | undefined)[]): string {
  return `  ${name.padEnd(26)}${cells.map((seconds) => (seconds?.toFixed(1) ?? "").padStart(8)).join("")}`;
}

function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}
