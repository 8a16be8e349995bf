import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Docker, diskFull, NO_SPACE } from "./client";
import { readExport } from "./export";
import { contentOf, hashing, type ImageContent, type Layer, manifestOf, openExport, survey } from "./image";
import { CanonicalLayer } from "./layer";
import { removeIfUnused } from "./tags";

/**
 * Makes a built image the same on every engine, and reads what it holds. Engines write the same files into layers in
 * different ways (see CanonicalLayer) and note the time of the build; an image in which that is so is rewritten on its way
 * out of the engine and back into it, and removed. `epoch` is in seconds: later times become it.
 */
export async function canonicalImage(
  docker: Docker,
  imageId: string,
  epoch = 0,
): Promise<ImageContent & { imageId: string }> {
  const { Created, GraphDriver } = await docker.getImage(imageId).inspect();
  // An engine with a graph driver that notes the time exports layers as they are: one pass will do.
  const found = GraphDriver?.Data && Created !== timeOf(epoch) ? undefined : await survey(docker, imageId, epoch);
  if (found?.config.created === timeOf(epoch) && [...found.layers.values()].every(({ changed }) => !changed)) {
    return { imageId, ...contentOf(imageId, found) };
  }
  const rewritten = await rewrite(docker, imageId, epoch, found?.layers);
  if (rewritten.imageId !== imageId) await removeIfUnused(docker, imageId);
  return rewritten;
}

/** Loads an image back with canonical layers and without times; compressed layers must have been measured before. */
async function rewrite(docker: Docker, imageId: string, epoch: number, measured?: Map<string, Layer>) {
  const { default: tar } = await import("tar-stream");
  const pack = tar.pack();
  const layers = new Map<string, Layer>();

  const pass = async (name: string, bytes: AsyncIterable<Buffer>, length: number) => {
    const hash = createHash("sha256");
    const layer = new CanonicalLayer(epoch);
    const entry = pack.entry({ name, size: measured?.get(name)?.length ?? length });
    await pipeline(bytes, layer, hashing(hash), entry as unknown as NodeJS.WritableStream);
    const { sizeBytes, changed } = layer;
    layers.set(name, { diffId: `sha256:${hash.digest("hex")}`, sizeBytes, length: layer.length, changed });
  };
  const fill = async () => {
    const { config, order } = manifestOf(imageId, await readExport(await openExport(docker, imageId), pass));
    const created = timeOf(epoch);
    const diff_ids = order.map((name) => layers.get(name)?.diffId ?? "");
    const history = config.history?.map((step) => ({ ...step, created }));
    const rewritten = { ...config, created, history, rootfs: { ...config.rootfs, diff_ids } };
    pack.entry({ name: "config.json" }, JSON.stringify(rewritten));
    pack.entry({ name: "manifest.json" }, JSON.stringify([{ Config: "config.json", RepoTags: null, Layers: order }]));
    pack.finalize();
    return { config: rewritten, order, layers };
  };
  const stop = (error: Error) => {
    pack.destroy(error); // neither end waits for the other
    throw error;
  };
  const loading = load(docker, pack as unknown as Readable);
  const [rewritten, loaded] = await Promise.all([fill().catch(stop), loading.catch(stop)]);
  return { imageId: loaded, ...contentOf(loaded, rewritten) };
}

async function load(docker: Docker, archive: Readable): Promise<string> {
  const answer = (await docker.loadImage(archive as never, { quiet: true })) as unknown as AsyncIterable<Buffer>;
  let text = "";
  for await (const chunk of answer) text += chunk.toString();
  if (NO_SPACE.test(text)) throw diskFull("taking a built image back");
  const id = /Loaded image ID: (sha256:[0-9a-f]{64})/.exec(text)?.[1];
  if (!id) throw new Error(`the engine did not take the image back: ${text.trim()}`);
  return id;
}

/** As engines write times. */
function timeOf(epoch: number): string {
  return new Date(epoch * 1000).toISOString().replace(".000Z", "Z");
}
