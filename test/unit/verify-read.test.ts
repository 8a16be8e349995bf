import assert from "node:assert/strict";
import { pack } from "tar-stream";
import { compareImages } from "../../verify/compare";
import { readElf } from "../../verify/elf";
import { type Config, imageOf, type Layer, lookup, sizeOf } from "../../verify/image";
import { readLayer } from "../../verify/read";

type Header = Parameters<ReturnType<typeof pack>["entry"]>[0] & { pax?: Record<string, string> };

/** A layer of these tar entries. */
async function layer(...entries: [Header, string?][]): Promise<Layer> {
  const tar = pack();
  for (const [header, content] of entries) tar.entry(header, content ?? "");
  tar.finalize();
  return { digest: JSON.stringify(entries), ...(await readLayer(tar as unknown as AsyncIterable<Buffer>)) };
}

const config: Config = { architecture: "amd64", os: "linux", config: { User: "1" }, rootfs: { diff_ids: [] } };
const image = (...layers: Layer[]) => imageOf("test", config, layers);

describe("verify: reading images", () => {
  it("keeps modes, owners, times, links, capabilities and sums; a hard link is the same file", async () => {
    const { entries } = await layer(
      [{ name: "./opt/", type: "directory", mode: 0o40755 }],
      [
        {
          name: "opt/a",
          mode: 0o104755,
          uid: 1,
          gid: 2,
          mtime: new Date(3000),
          pax: { "SCHILY.xattr.security.capability": "x" },
        },
        "hello",
      ],
      [{ name: "opt/b", type: "link", linkname: "opt/a" }],
      [{ name: "opt/c", type: "symlink", linkname: "../d" }],
      [{ name: "opt/d", type: "fifo" }],
    );
    assert.deepEqual([...entries.keys()], ["/opt", "/opt/a", "/opt/b", "/opt/c", "/opt/d"]);
    const { mode, uid, gid, mtime, size, capabilities, md5 } = entries.get("/opt/a") ?? {};
    assert.deepEqual([mode, uid, gid, mtime, size, capabilities], [0o4755, 1, 2, 3, 5, true]);
    assert.equal(md5, "5d41402abc4b2a76b9719d911017c592");
    assert.equal(entries.get("/opt/b"), entries.get("/opt/a"));
    assert.equal(entries.get("/opt/c")?.target, "../d");
    assert.equal(entries.get("/opt/d")?.type, "special");
    assert.equal(sizeOf(image({ digest: "", entries, hides: [] })), 5);
  });

  it("applies whiteouts, of a path and of all that a folder had", async () => {
    const lower = await layer([{ name: "a/x" }, "1"], [{ name: "a/y" }, "2"], [{ name: "b" }, "3"]);
    const upper = await layer([{ name: "a/.wh..wh..opq" }], [{ name: "a/z" }, "4"], [{ name: ".wh.b" }]);
    assert.deepEqual([...image(lower, upper).files.keys()], ["/a/z"]);
    assert.deepEqual(upper.hides, ["/a/", "/b"]);
  });

  it("follows links of files and folders inside the image, and not in circles", async () => {
    const contents = image(
      await layer(
        [{ name: "usr/lib/file" }, "x"],
        [{ name: "lib", type: "symlink", linkname: "usr/lib" }],
        [{ name: "usr/up", type: "symlink", linkname: "../../../lib/./file" }],
        [{ name: "round", type: "symlink", linkname: "/round" }],
        [{ name: "nowhere", type: "symlink", linkname: "/none" }],
      ),
    );
    assert.equal(lookup(contents, "/lib/file")?.path, "/usr/lib/file");
    assert.equal(lookup(contents, "/usr/up")?.path, "/usr/lib/file");
    assert.equal(lookup(contents, "/round"), undefined);
    assert.equal(lookup(contents, "/nowhere"), undefined);
  });

  it("names what differs between two images: file, layer and field", async () => {
    const base = await layer([{ name: "same" }, "1"]);
    const one = image(base, await layer([{ name: "a", mode: 0o644, mtime: new Date(0) }, "1"], [{ name: "b" }, "1"]));
    const upper = await layer([{ name: "a", mode: 0o600, mtime: new Date(1000) }, "2"], [{ name: ".wh.c" }]);
    const other = imageOf("other", { ...config, config: { User: "2" } }, [base, upper]);
    assert.deepEqual(compareImages(one, one), []);
    assert.deepEqual(compareImages(one, other), [
      { layer: 2, path: "/a", what: "mode 644 and 600, time 0 and 1, content 6b86b273ff34 and d4735e3a265e" },
      { layer: 2, path: "/b", what: "only in the first" },
      { layer: 2, path: "/c", what: "deleted by the second alone" },
      { path: "config.User", what: '"1" and "2"' },
    ]);
    const shuffled = await layer([{ name: "b" }, "1"], [{ name: "a" }, "1"]);
    const ordered = await layer([{ name: "a" }, "1"], [{ name: "b" }, "1"]);
    assert.match(compareImages(image(shuffled), image(ordered))[0]?.what ?? "", /^order of the files/);
  });
});

describe("verify: ELF headers", () => {
  for (const wide of [true, false]) {
    for (const little of [true, false]) {
      it(`are read, ${wide ? 64 : 32} bits, ${little ? "little" : "big"} endian`, () => {
        const { kind, ...elf } = readElf(elfFile({ wide, little })) ?? assert.fail("not read");
        assert.equal(kind, `${wide ? 2 : 1}-${little ? 1 : 2}-183`);
        assert.deepEqual(elf, {
          machine: 183,
          program: true,
          interpreter: "/lib/ld.so",
          needed: ["libc.so.6"],
          soname: "self.so",
          runPath: ["$ORIGIN/lib", "", "/opt/lib"],
          pie: true,
          relro: true,
          bindNow: true,
          executableStack: false,
          textRelocations: false,
          stackProtector: true,
        });
      });
    }
  }

  it("are not read of other files, objects, and files that are cut off", () => {
    assert.equal(readElf(Buffer.from("#!/bin/sh\n")), undefined);
    const file = elfFile({ wide: true, little: true });
    assert.equal(readElf(file.subarray(0, 80)), undefined);
    file.writeUInt16LE(1, 16); // ET_REL
    assert.equal(readElf(file), undefined);
  });
});

/** A position-independent program with the headers that hardening is told by. */
function elfFile({ wide, little }: { wide: boolean; little: boolean }): Buffer {
  const file = Buffer.alloc(1024);
  const half = (at: number, value: number) => (little ? file.writeUInt16LE(value, at) : file.writeUInt16BE(value, at));
  const word = (at: number, value: number) => (little ? file.writeUInt32LE(value, at) : file.writeUInt32BE(value, at));
  const address = (at: number, value: number) => {
    if (!wide) return word(at, value);
    return little ? file.writeBigUInt64LE(BigInt(value), at) : file.writeBigUInt64BE(BigInt(value), at);
  };
  const [table, dynamic, interpreter, strings] = [64, 512, 480, 768];
  const texts = ["", "libc.so.6", "self.so", "$ORIGIN/lib::/opt/lib", "__stack_chk_fail", ""].join("\0");
  const base = 0x10000;
  file.write("\x7fELF", "latin1");
  file[4] = wide ? 2 : 1;
  file[5] = little ? 1 : 2;
  half(16, 3);
  half(18, 183);
  address(wide ? 32 : 28, table);
  half(wide ? 54 : 42, wide ? 56 : 32);
  half(wide ? 56 : 44, 5);
  const segments: [kind: number, flags: number, offset: number, size: number][] = [
    [1, 5, 0, 1024],
    [2, 6, dynamic, 200],
    [3, 4, interpreter, 11],
    [0x6474e551, 6, 0, 0],
    [0x6474e552, 4, 0, 0],
  ];
  for (const [index, [kind, flags, offset, size]] of segments.entries()) {
    const at = table + index * (wide ? 56 : 32);
    word(at, kind);
    word(at + (wide ? 4 : 24), flags);
    address(at + (wide ? 8 : 4), offset);
    address(at + (wide ? 16 : 8), base + offset);
    address(at + (wide ? 32 : 16), size);
  }
  const entries = [
    [1, texts.indexOf("libc")],
    [14, texts.indexOf("self")],
    [29, texts.indexOf("$ORIGIN")],
    [5, base + strings],
    [10, texts.length],
    [30, 8],
    [0, 0],
  ] as const;
  for (const [index, [tag, value]] of entries.entries()) {
    address(dynamic + index * (wide ? 16 : 8), tag);
    address(dynamic + index * (wide ? 16 : 8) + (wide ? 8 : 4), value);
  }
  file.write("/lib/ld.so\0", interpreter);
  file.write(texts, strings);
  return file;
}
