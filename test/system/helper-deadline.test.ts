import assert from "node:assert/strict";
import { INPUT_CALLS } from "../support/calls";
import { Jobs } from "../support/jobs";

describe("the helpers' time for one attempt", () => {
  let jobs: Jobs;
  before(async () => {
    jobs = await Jobs.open();
  });
  after(() => jobs.remove());

  it("ends an attempt after 30 s, also when bytes keep dripping in", async () => {
    const ended = await Promise.all(
      Object.entries(INPUT_CALLS).flatMap(([language, input]) =>
        ["hang|200", "drip|200"].map(async (steps) => ({
          language,
          steps,
          ...(await jobs.runAgainst(steps, language.split(" ")[0] as string, input)),
        })),
      ),
    );
    for (const { language, steps, status, stderr } of ended) assert.equal(status, 0, `${language} ${steps}: ${stderr}`);
  });
});
