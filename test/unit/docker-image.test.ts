import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import zlib from "node:zlib";
import tar from "tar-stream";
import type { Docker } from "../../docker/client";
import { canonicalJson, contentDigest, type ImageConfig, readImageContent } from "../../docker/image";
import { CanonicalLayer } from "../../docker/layer";

const config: ImageConfig = {
  architecture: "amd64",
  os: "linux",
  config: { Env: ["A=b"], Labels: { x: "y" } },
  rootfs: { diff_ids: ["sha256:1"] },
};

describe("an image's content digest", () => {
  it("leaves out times, history and what engines write or omit as they like", () => {
    const noisy = {
      ...config,
      created: "2026-01-01T00:00:00Z",
      history: [{ created_by: "x" }],
      docker_version: "20.10",
      variant: "",
      config: { Labels: { x: "y" }, Env: ["A=b"], OnBuild: null, ArgsEscaped: true, Hostname: "", Volumes: {} },
    };
    assert.equal(contentDigest(noisy as ImageConfig), contentDigest(config));
  });

  it("changes with the config, the architecture, the layers and their order", () => {
    const others: ImageConfig[] = [
      { ...config, config: { Env: ["A=c"], Labels: { x: "y" } } },
      { ...config, architecture: "arm64" },
      { ...config, rootfs: { diff_ids: ["sha256:1", "sha256:2"] } },
      { ...config, rootfs: { diff_ids: ["sha256:2", "sha256:1"] } },
    ];
    assert.equal(new Set([config, ...others].map(contentDigest)).size, 5);
  });

  it("is over JSON with sorted keys and no empty values, arrays kept as they are", () => {
    const value = { b: [3, 1, { z: null, y: 2 }], a: { c: "" }, d: [], e: false };
    assert.equal(canonicalJson(value), '{"b":[3,1,{"y":2}]}');
  });
});

describe("an image's layers", () => {
  const layer = async (files: Record<string, string>) => {
    const pack = tar.pack();
    for (const [name, content] of Object.entries(files)) pack.entry({ name }, content);
    pack.entry({ name: "again", type: "link", linkname: "a" });
    pack.entry({ name: "dir", type: "directory" });
    pack.finalize();
    return buffer(pack);
  };
  const digest = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const exported = (entries: [string, Buffer][]) => {
    const pack = tar.pack();
    for (const [name, content] of entries) pack.entry({ name }, content);
    pack.finalize();
    return { getImage: () => ({ get: async () => pack }) } as unknown as Docker;
  };

  it("are told by their bytes, whatever their names, order and compression", async () => {
    const layers = [await layer({ a: "12345" }), await layer({ b: "x".repeat(100_000) }), await layer({ c: "" })];
    const diff_ids = layers.map(digest);
    const image = JSON.stringify({ ...config, rootfs: { diff_ids } });
    const manifest = (Config: string, Layers: string[]) => Buffer.from(JSON.stringify([{ Config, Layers }]));
    const [one, two, three] = layers as [Buffer, Buffer, Buffer];
    const legacy = exported([
      ["2/layer.tar", two],
      ["2/VERSION", Buffer.from("1.0")],
      ["1/layer.tar", one],
      ["3/layer.tar", three],
      ["config.json", Buffer.from(image)],
      ["manifest.json", manifest("config.json", ["1/layer.tar", "2/layer.tar", "3/layer.tar"])],
    ]);
    const oci = exported([
      ["blobs/sha256/c", Buffer.from(image)],
      ["blobs/sha256/1", zlib.gzipSync(one)],
      ["blobs/sha256/2", zlib.zstdCompressSync(two)],
      ["blobs/sha256/3", three],
      ["index.json", Buffer.from("{}")],
      [
        "manifest.json",
        manifest(
          "blobs/sha256/c",
          ["1", "2", "3"].map((name) => `blobs/sha256/${name}`),
        ),
      ],
    ]);
    const content = await readImageContent(legacy, "x");
    assert.deepEqual(
      content.layers,
      [5, 100_000, 0].map((sizeBytes, i) => ({ digest: diff_ids[i], sizeBytes })),
    );
    assert.equal(content.sizeBytes, 100_005);
    assert.deepEqual(await readImageContent(oci, "x"), content);
  });

  it("that an export lacks are an error", async () => {
    const image = JSON.stringify({ ...config, rootfs: { diff_ids: ["sha256:gone"] } });
    const manifest = JSON.stringify([{ Config: "c", Layers: ["gone"] }]);
    const docker = exported([
      ["c", Buffer.from(image)],
      ["manifest.json", Buffer.from(manifest)],
    ]);
    await assert.rejects(readImageContent(docker, "x"), /image x lacks layer sha256:gone/);
    await assert.rejects(readImageContent(exported([["x", Buffer.from("{}")]]), "x"), /no manifest.json with a config/);
  });
});

describe("a layer's tar", () => {
  const pack = async (header: Partial<tar.Header>, content = "") => {
    const archive = tar.pack();
    archive.entry({ name: "a", uname: "", gname: "", mtime: new Date(0), ...header }, content);
    archive.finalize();
    return buffer(archive);
  };
  /** As Go writes it, whose octal numbers look otherwise. */
  const packed = async (header: Partial<tar.Header>, content = "") =>
    (await pass(await pack(header, content), 512, 9e9)).bytes;
  const pass = async (bytes: Buffer, size: number, epoch = 0) => {
    const layer = new CanonicalLayer(epoch);
    for (let at = 0; at < bytes.length; at += size) layer.write(bytes.subarray(at, at + size));
    layer.end();
    return { bytes: await buffer(layer), layer };
  };
  const plain = { name: "a", mode: 0o644, uid: 1000 };

  it("loses users' names, type bits and times, whatever the chunks it comes in", async () => {
    const wanted = await packed(plain, "12345");
    const noisy = await pack({ ...plain, uname: "somebody", gname: "users", mtime: new Date(1e12) }, "12345");
    noisy.write("0100644\0", 100, "latin1"); // as engine 20.10 writes it; the checksum is made again
    for (const size of [1, 100, 512, 10_000]) {
      const { bytes, layer } = await pass(noisy, size);
      assert.deepEqual(bytes, wanted);
      assert.deepEqual([layer.changed, layer.sizeBytes, layer.length], [true, 5, wanted.length]);
    }
  });

  it("is left as it is when it has none of that, content that looks like a header included", async () => {
    const header = (await pack({ ...plain, uname: "somebody" })).subarray(0, 512).toString("latin1");
    const bytes = await packed({ ...plain, mtime: new Date(5000) }, header);
    const { bytes: passed, layer } = await pass(bytes, 700, 5);
    assert.deepEqual(passed, bytes);
    assert.equal(layer.changed, false);
  });

  it("keeps the mode's set-user-ID and sticky bits", async () => {
    const { bytes } = await pass(await pack({ ...plain, mode: 0o4755, uname: "x" }), 512);
    assert.deepEqual(bytes, await packed({ ...plain, mode: 0o4755 }));
  });
});
