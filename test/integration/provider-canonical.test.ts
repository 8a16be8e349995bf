import assert from "node:assert/strict";
import { buildImage } from "../../docker/build";
import { canonicalImage } from "../../docker/canonical";
import { readImageContent } from "../../docker/image";
import { imageIdOf } from "../../docker/tags";
import { importShell, machineEngine, temporaryFolder, testName } from "../support/engine";

describe("an image that is built", () => {
  const name = testName();
  const folder = temporaryFolder({
    Dockerfile: `FROM ${name}/root:latest AS build
RUN echo made > /made
FROM scratch
COPY --from=build /made /etc/made
COPY --chown=1000:1000 folder /home/folder
WORKDIR /app
CMD ["/bin/sh"]
`,
    "folder/sub/file": "hello\n",
  });
  let docker: Awaited<ReturnType<typeof machineEngine>>;

  before(async () => {
    docker = await machineEngine();
    await importShell(docker, `${name}/root:latest`, ["sh"]);
  });
  after(async () => {
    await docker.getImage(`${name}/root:latest`).remove();
    folder.remove();
  });

  it("is the same whenever it is built, and the same on every engine", async () => {
    const build = async () => {
      const built = await buildImage(docker, { context: folder.path, noCache: true });
      const made = await canonicalImage(docker, built);
      if (made.imageId !== built)
        assert.equal(await imageIdOf(docker, built), undefined, "what was rewritten is removed");
      return made;
    };
    const first = await build();
    const second = await build();
    assert.deepEqual(second, first);
    const { imageId, ...content } = first;
    assert.deepEqual(await readImageContent(docker, imageId), content);
    assert.equal((await docker.getImage(imageId).inspect()).Created, "1970-01-01T00:00:00Z");
    // Seen on engines 20.10.24 and 29 with both of its image stores.
    if (process.arch === "x64")
      assert.equal(content.contentDigest, "sha256:a9377dd23099175e7e452cd66fbda886a6c8011d8fb365f1ac03d5d3fea3d851");
    await docker.getImage(imageId).remove();
  });
});
