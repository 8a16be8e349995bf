import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { temporaryFolder } from "../support/engine";
import { root } from "../support/project";
import { blocks, shell } from "../support/readme";

/** Scripts that a page shows, each under its name. */
function scriptsOf(page: string): Record<string, string> {
  const shown = readFileSync(page, "utf8").matchAll(/^(\S+\.\w+):\n\n```\w+\n(.*?)^```$/gms);
  return Object.fromEntries([...shown].map(([, name, code]) => [name as string, code as string]));
}

describe("docs/scripts.md", () => {
  const page = "docs/scripts.md";
  const lines = blocks(page).flatMap(({ code }) => code.trim().split("\n"));
  const scripts = scriptsOf(page);
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder(scripts);
  });
  after(() => folder.remove());

  it("shows no snippet that is not run", () => {
    const fences = readFileSync(page, "utf8").match(/^ *```\w/gm) ?? [];
    assert.equal(fences.length, blocks(page).length + Object.keys(scripts).length);
    assert.deepEqual(
      lines.map((line) => Object.keys(scripts).find((name) => line.includes(` ${name} `))),
      Object.keys(scripts),
    );
  });

  for (const line of lines) {
    it(line, () => {
      const printed = shell(line, root, folder.path);
      assert.match(printed, /"total":7/);
      assert.match(printed, /runs/);
    });
  }
});

/** By a job's command. */
const SCRIPTS: Record<string, string> = {
  "/bin/bash -c": "echo $((6 * 7))",
  "python3 -c": "print(6 * 7)",
  "node -e": "console.log(6 * 7)",
};

describe("docs/orchestrator.md", () => {
  const page = "docs/orchestrator.md";

  it("leads an execution from its start to its end", () => {
    const steps = blocks(page);
    assert.equal(steps.length, (readFileSync(page, "utf8").match(/^ *```\w/gm) ?? []).length);
    const undo = `trap 'docker network disconnect "$job" runtime-api; docker network rm "$job"' ERR`;
    const refused = `
      docker exec runtime-api node -e 'fetch("http://localhost:8081/executions/" + process.argv[1] + "/input", {
        headers: { authorization: "Bearer " + process.argv[1] },
      }).then(({ status }) => process.exit(status === 401 ? 0 : 1))' "$CRONIUM_EXECUTION_TOKEN"
      echo "$job"`;
    const printed = shell([undo, ...steps.map(({ code }) => code), refused].join("\n"), root, root);
    assert.match(printed, /"output":\{"n":42\}/);
    assert.match(printed, /"variables":\{"runs":\d+\}/);
    const networks = shell("docker network ls --format '{{.Name}}'", root, root).split("\n");
    assert.ok(!networks.includes(printed.trim().split("\n").at(-1) as string), "the network is still there");
  });

  const images = [...readFileSync(page, "utf8").matchAll(/^\| `(cronium\/runner:\S+)` \| `(.*) SCRIPT` \|$/gm)];
  it("names three images", () => assert.equal(images.length, 3));
  for (const [, tag, command] of images) {
    it(`${tag}: ${command}`, () => {
      const said = shell(`docker run --rm ${tag} ${command} "$SCRIPT"`, root, root, {
        SCRIPT: SCRIPTS[command as string],
      });
      assert.equal(said, "42\n");
    });
  }
});
