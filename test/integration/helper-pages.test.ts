import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { environmentOf, Jobs, standInEnvironment } from "../support/jobs";

/** How each page's examples are run. */
const PAGES = {
  bash: { page: "bash.md", name: "example", program: "bash" },
  python: { page: "python.md", name: "example", program: "python3" },
  nodejs: { page: "nodejs.md", name: "example.mjs", program: "node" },
};

/** Runs each example as a script of its own; those of tools against the stand-in. */
const RUN = `
for folder in /table/[0-9]*; do
  case $folder in *-tool) api=$STAND_IN ;; *) api=$CRONIUM_RUNTIME_API ;; esac
  CRONIUM_RUNTIME_API=$api "$0" "$folder"/*
  printf '\\036'
done`;

interface Example {
  heading: string;
  code: string;
  printed: string;
}

describe("the pages of the helpers", () => {
  let jobs: Jobs;
  before(async () => {
    jobs = await Jobs.open();
  });
  after(() => jobs?.remove());

  for (const [image, { page, name, program }] of Object.entries(PAGES)) {
    it(`${page}: each example prints what the page says`, async () => {
      const examples = examplesOf(readFileSync(`docs/${page}`, "utf8"));
      assert.ok(examples.length >= 15, `${examples.length} examples`);
      const execution = await jobs.register(`reader of ${page}`, '{"n":41,"name":"Zoë"}');
      const files = examples.map(({ heading, code }, at) => [`${folderOf(heading, at)}/${name}`, code]);
      const { CRONIUM_RUNTIME_API: STAND_IN } = standInEnvironment(image, 'raw-{"id":"m-1"}');
      const env = { ...environmentOf(execution), STAND_IN };
      const printed = await jobs.runWithout(
        image,
        ["sh", "-c", RUN, program],
        env,
        await jobs.volume(Object.fromEntries(files)),
      );
      assert.equal(printed.stderr, "");
      const pieces = printed.stdout.split("\x1e");
      for (const [at, { heading, printed }] of examples.entries()) assert.equal(pieces[at], printed, heading);
    });
  }
});

function folderOf(heading: string, at: number): string {
  const isTool = /send|tool/i.test(heading);
  return `${String(at).padStart(3, "0")}-${isTool ? "tool" : "call"}`;
}

/** The examples, with what they print. */
function examplesOf(page: string): Example[] {
  return page
    .split(/^### /m)
    .slice(1)
    .flatMap((section) => {
      const code = /^```(?:bash|python|js)\n(.*?)^```$/ms.exec(section)?.[1];
      const printed = /^```text\n(.*?)^```$/ms.exec(section)?.[1] ?? "";
      return code === undefined ? [] : [{ heading: section.split("\n")[0] as string, code, printed }];
    });
}
