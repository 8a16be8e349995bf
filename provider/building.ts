import { resolve } from "node:path";
import { buildImage, EngineLostError } from "../docker/build";
import { machineSecrets, proxyArgs } from "../docker/machine";
import { imageIdOf } from "../docker/tags";
import type { ImageInputs } from "./image-inputs";
import type { Call } from "./resource";

/** Builds at once, at most; an engine works on the steps of each in parallel anyway. */
const SLOTS = 4;
let running = 0;
const waiting: (() => void)[] = [];

/** Builds an image and returns its id; its progress is shown at the resource, with the seconds it has taken. */
export async function build(call: Call, inputs: ImageInputs): Promise<string> {
  const docker = await call.docker();
  for (const [name, reference] of Object.entries(inputs.baseImages ?? {})) {
    if (await imageIdOf(docker, reference)) continue;
    throw new Error(
      `base image ${reference} (baseImages.${name}) is not on ${call.at.host}: run \`pulumi up --refresh\`.`,
    );
  }
  const { context = ".", dockerfile, target, labels, platform } = inputs;
  return await withProgress(call, (onLine) =>
    inSlot(async () => {
      call.signal.throwIfAborted();
      return buildImage(docker, {
        context: resolve(context),
        dockerfile,
        target,
        labels,
        platform,
        buildArgs: { ...proxyArgs(), ...inputs.buildArgs, ...inputs.baseImages },
        secrets: await machineSecrets(call.extraCa),
        onLine,
        signal: call.signal,
      });
    }),
  ).catch((error: Error) => {
    throw error instanceof EngineLostError ? new Error(lost(call, error)) : inContext(error, inputs);
  });
}

/** Passes on the latest line every second, new or not: silent steps are seen to be alive, chatty ones do not flood. */
export async function withProgress<T>(call: Call, work: (onLine: (line: string) => void) => Promise<T>): Promise<T> {
  let latest = "waiting for the engine";
  const timer = setInterval(() => call.progress(latest), 1000);
  try {
    return await work((line) => {
      latest = line;
    });
  } finally {
    clearInterval(timer);
  }
}

async function inSlot<T>(work: () => Promise<T>): Promise<T> {
  if (running >= SLOTS) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

function lost({ at }: Call, error: Error): string {
  return (
    `the Docker engine at ${at.host} went away during the build (${error.message}). No tag was changed: ` +
    "start it again, and run the same command."
  );
}

function inContext(error: Error, { context, dockerfile, target }: ImageInputs): Error {
  error.message = `${context}/${dockerfile}${target ? `, target ${target}` : ""}: ${error.message}`;
  return error;
}
