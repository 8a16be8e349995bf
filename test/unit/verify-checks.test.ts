import assert from "node:assert/strict";
import { CHECKS } from "../../verify/checks";
import type { Containers } from "../../verify/containers";
import { verifyContents } from "../../verify/verify";
import { BAD_IMAGES, MORE_BAD_IMAGES } from "../support/bad-images";
import { RUN_TIME_CHECKS } from "../support/run-time-checks";
import { finished, goodDraft } from "../support/verify";

/** What only reads starts no container. */
const noContainers: Containers = {
  run: () => assert.fail("a container was started"),
  stop: () => assert.fail("a container was started"),
};

const reading = CHECKS.filter(({ id }) => !RUN_TIME_CHECKS.includes(id));

describe("verify: checks that read", () => {
  it("have a bad image each, and ids of their own", () => {
    assert.deepEqual(
      reading.map(({ id }) => id),
      Object.keys(BAD_IMAGES),
    );
    assert.equal(new Set(CHECKS.map(({ id }) => id)).size, CHECKS.length);
  });

  it("find nothing wrong with a good image", async () => {
    const { results } = await verifyContents(finished(goodDraft()), noContainers, reading);
    assert.deepEqual(
      results
        .filter(({ verdict }) => verdict.status === "fail")
        .map(({ check, verdict }) => [check.id, verdict.evidence]),
      [],
    );
  });

  it("supported-versions says nothing of an image that says nothing of itself", async () => {
    const draft = goodDraft();
    draft.files = {};
    const { results } = await verifyContents(finished(draft), noContainers, reading);
    assert.equal(results.find(({ check }) => check.id === "supported-versions")?.verdict.status, "none");
  });

  const bad = Object.entries(BAD_IMAGES).map(([id, image]) => ({ id, ...image }));
  for (const { id, says, draft: change, after } of [...bad, ...MORE_BAD_IMAGES]) {
    it(`${id} catches its bad image, and no other check does: ${says.source}`, async () => {
      const draft = goodDraft();
      change?.(draft);
      const image = finished(draft);
      const { results } = await verifyContents(after?.(image) ?? image, noContainers, reading);
      const failed = results.filter(({ verdict }) => verdict.status === "fail");
      assert.deepEqual(
        failed.map(({ check }) => check.id),
        [id],
        JSON.stringify(failed.map(({ verdict }) => verdict.evidence)),
      );
      const evidence = failed[0]?.verdict.evidence ?? [];
      assert.ok(
        evidence.some((line) => says.test(line)),
        evidence.join("\n"),
      );
    });
  }
});
