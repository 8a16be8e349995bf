import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { hashContext, listContext } from "../../docker/context";
import { temporaryFolder } from "../support/engine";

describe("a build context", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  afterEach(() => folder.remove());

  const paths = async (files: Record<string, string>, dockerfile = "Dockerfile") => {
    folder = temporaryFolder({ [dockerfile]: "", ...files });
    return (await listContext(folder.path, dockerfile)).map(({ path }) => path);
  };

  it("is listed after .dockerignore, exceptions, comments, case and special characters as docker reads them", async () => {
    const found = await paths({
      ".dockerignore": "\uFEFF# a comment\n*.md\n!keep.md\n/out\nnode_modules/**\nc++\n**/*.tmp\nDockerfile\n",
      "read.md": "",
      "keep.md": "",
      "sub/read.md": "",
      Out: "",
      "out/x": "",
      "node_modules/a/b": "",
      "c++": "",
      cc: "",
      "deep/er/x.tmp": "",
      "deep/er/x": "",
    });
    const kept = [
      ".dockerignore",
      "Dockerfile",
      "Out",
      "cc",
      "deep",
      "deep/er",
      "deep/er/x",
      "keep.md",
      "node_modules",
    ];
    assert.deepEqual(found, [...kept, "sub", "sub/read.md"]);
  });

  it("brings back what an exception names inside an ignored folder", async () => {
    const found = await paths({ ".dockerignore": "out\n!/out/kept/\n", "out/kept": "", "out/gone": "" });
    assert.deepEqual(found, [".dockerignore", "Dockerfile", "out", "out/kept"]);
    folder.remove();
    const files = { ".dockerignore": "*\n!**/*.md\n", "a/b/x.md": "", "a/b/x": "" };
    assert.deepEqual(await paths(files), ["Dockerfile", "a", "a/b", "a/b/x.md"]);
  });

  it("lists an ignored Dockerfile, which no step gets to see", async () => {
    folder = temporaryFolder({ ".dockerignore": "*\n!a\n", a: "", "x/File": "", "x/other": "" });
    const found = (await listContext(folder.path, "x/File")).map(({ path, build, ignored }) => [path, build, ignored]);
    assert.deepEqual(found, [
      ["a", false, false],
      ["x", true, true],
      ["x/File", true, true],
    ]);
  });

  it("prefers the ignore file of the Dockerfile", async () => {
    const files = { ".dockerignore": "a\n", "x/File.dockerignore": "b\n", a: "", b: "" };
    assert.deepEqual(await paths(files, "x/File"), [".dockerignore", "a", "x", "x/File", "x/File.dockerignore"]);
  });

  it("is hashed by path, bytes, exec bit, links and empty folders", async () => {
    await paths({ plain: "1", "sub/run": "2" });
    chmodSync(join(folder.path, "sub/run"), 0o711);
    symlinkSync("plain", join(folder.path, "link"));
    mkdirSync(join(folder.path, "empty"));
    const hashes = await hashContext(folder.path, await listContext(folder.path, "Dockerfile"));
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    assert.deepEqual(hashes, {
      Dockerfile: `-:${sha256("")}`,
      "empty/": "dir",
      link: "link:plain",
      plain: `-:${sha256("1")}`,
      "sub/run": `x:${sha256("2")}`,
    });
  });
});
