import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { buildImage } from "../docker/build";
import { canonicalImage } from "../docker/canonical";
import type { Docker } from "../docker/client";
import { loginFor, registryOf } from "../docker/credentials";
import { machineSecrets, proxyArgs } from "../docker/machine";
import { imageIdOf, removeIfUnused, removeTag, setTag } from "../docker/tags";
import { obtainRoot, type RootInputs } from "../provider/builder-root";
import type { Timing } from "../report/model";
import { isSecret, isUnknown } from "../report/value";

/** An image whose inputs changed. */
export interface Wanted {
  name: string;
  /** What others are built on it by, before. */
  references: readonly unknown[];
  old: Readonly<Record<string, unknown>>;
  now: Readonly<Record<string, unknown>>;
}

/** Images that are built to be looked at, each after those it is built on. */
export class Builds {
  readonly timings: Timing[] = [];
  private readonly docker: Docker;
  private readonly root: string;
  private readonly extraCa: string | undefined;
  private readonly signal: AbortSignal;
  private readonly byName = new Map<string, Promise<string>>();
  /** The new image of what a reference named before. */
  private readonly successors = new Map<string, Promise<string>>();
  private existing = new Set<string>();
  private readonly made: string[] = [];
  private readonly tags: { imageId: string; tag: string }[] = [];

  /** @param extraCa a PEM file of authorities that builds trust beside the machine's, relative to `root` */
  constructor(docker: Docker, { root, extraCa }: { root: string; extraCa?: string }, signal: AbortSignal) {
    this.docker = docker;
    this.root = root;
    this.extraCa = extraCa === undefined ? undefined : resolve(root, extraCa);
    this.signal = signal;
  }

  /** Notes what the engine has: none of that is removed at the end. */
  async noteImages(): Promise<void> {
    this.existing = new Set((await this.docker.listImages({ all: true })).map(({ Id }) => Id));
  }

  start(wanted: Wanted): void {
    const building = this.build(wanted);
    building.catch(() => undefined); // the error is told where the image is looked at
    this.byName.set(wanted.name, building);
    for (const reference of wanted.references) this.successors.set(String(reference), building);
  }

  /** The root that builder stages start from, where up makes it anew. */
  startRoot(inputs: RootInputs): void {
    const making = this.makeRoot(inputs);
    making.catch(() => undefined); // as above
    this.successors.set(`${inputs.repository}:latest`, making);
  }

  /** The id of an image's build; undefined for one that was not started. */
  result(name: string): Promise<string> | undefined {
    return this.byName.get(name);
  }

  async remove(): Promise<void> {
    await Promise.allSettled([...this.byName.values(), ...this.successors.values()]);
    // Those that were built last are built on the others.
    for (const { imageId, tag } of this.tags) await removeTag(this.docker, imageId, tag).catch(() => undefined);
    for (const id of this.made.reverse()) {
      if (!this.existing.has(id)) await removeIfUnused(this.docker, id).catch(() => false);
    }
  }

  private async build({ name, old, now }: Wanted): Promise<string> {
    if (typeof now.from === "string") {
      const found = await imageIdOf(this.docker, now.from);
      if (found === undefined) throw new Error("up pulls it, and then it is known");
      return found;
    }
    const baseImages = await this.basesOf(old, now);
    const known = (key: string) => {
      const value = now[key];
      if (isUnknown(value) || isSecret(value)) throw new Error(`its ${key} is not known before up`);
      return value as never;
    };
    const [context, dockerfile, buildArgs] = [known("context") as string, known("dockerfile"), known("buildArgs")];
    const began = Date.now();
    const built = await buildImage(this.docker, {
      context: resolve(this.root, context),
      dockerfile,
      target: known("target"),
      labels: known("labels"),
      platform: known("platform"),
      buildArgs: { ...proxyArgs(), ...(buildArgs as object), ...baseImages },
      secrets: await machineSecrets(this.extraCa),
      signal: this.signal,
    });
    this.made.push(built);
    const { imageId } = await canonicalImage(this.docker, built);
    if (imageId !== built) this.made.push(imageId);
    this.timings.push({ name, what: "built for this report", seconds: (Date.now() - began) / 1000 });
    return imageId;
  }

  private async makeRoot(inputs: RootInputs): Promise<string> {
    const login = (reference: string) => loginFor(registryOf(reference));
    const began = Date.now();
    const { imageId } = await obtainRoot(this.docker, inputs, { login, signal: this.signal });
    this.made.push(imageId);
    this.timings.push({ name: inputs.repository, what: "made for this report", seconds: (Date.now() - began) / 1000 });
    return imageId;
  }

  /** BuildKit takes no id for what an image is built on: a name of nobody's, until the end. */
  private async nameFor(imageId: string): Promise<string> {
    const tag = `cronium-report:${randomBytes(8).toString("hex")}`;
    await setTag(this.docker, imageId, tag);
    this.tags.push({ imageId, tag });
    return tag;
  }

  private async basesOf({ baseImages: before }: Wanted["old"], { baseImages: after }: Wanted["now"]) {
    const bases: Record<string, string> = {};
    for (const [name, reference] of Object.entries((after ?? {}) as Record<string, unknown>)) {
      const known = typeof reference === "string" && !isUnknown(reference);
      const old = known ? reference : (before as Record<string, unknown> | undefined)?.[name];
      // What a new image is built on had no reference before: components/ calls the argument after the image.
      const successor = typeof old === "string" ? this.successors.get(old) : this.byName.get(name.toLowerCase());
      if (successor) {
        const imageId = await successor.catch((error: Error) => {
          throw new Error(known ? error.message : `what it is built on (${name}) was not built`);
        });
        bases[name] = await this.nameFor(imageId);
        continue;
      }
      if (!known) throw new Error(`what it is built on (${name}) is not known before up`);
      // The engine would ask a registry for what it has not, where anybody may have that name.
      if (!(await imageIdOf(this.docker, reference))) throw new Error(`${reference} (${name}) is not on the engine`);
      bases[name] = reference;
    }
    return bases;
  }
}
