import assert from "node:assert/strict";
import { postComment, readReports } from "../../cli/ci/comment";
import type { Comment, Comments } from "../../cli/ci/github";
import { requireEnvironment } from "../../cli/ci/preview";
import { comment, hasSections, MARK } from "../../report/comment";
import { recorded } from "../support/reports";

const section = (stack: string, name: Parameters<typeof recorded>[0] = "image-preview") => ({
  stack,
  report: { ...recorded(name), stack },
});

describe("report: the comment on a pull request", () => {
  it("has a section for each stack, in the order in which a change travels", () => {
    const text = comment(undefined, [section("prod"), section("dev"), { stack: "staging" }]);
    assert.ok(text.startsWith(MARK));
    const heads = [...text.matchAll(/^### (.*)$/gm)].map(([, head]) => head);
    assert.deepEqual(heads, [
      "<code>dev</code>: 1 to replace, 2 to update",
      "<code>staging</code>: no report",
      "<code>prod</code>: 1 to replace, 2 to update",
    ]);
  });

  it("keeps the sections of others, whatever a forge does to line ends", () => {
    const before = comment(undefined, [section("dev"), section("prod")]);
    const after = comment(before.replaceAll("\n", "\r\n"), [section("dev", "same-preview")]);
    assert.match(after, /<code>dev<\/code>: no changes/);
    assert.ok(hasSections(after, before, ["prod"]));
    assert.ok(!hasSections(after, before, ["dev"]));
    assert.equal(comment(after, [section("dev", "same-preview")]), after);
  });

  it("stays under GitHub's limit with many sections", () => {
    const report = recorded("violated-preview");
    const changes = Array.from({ length: 2000 }, (_, i) => ({ ...report.changes[0], name: `resource-${i}` }));
    const long = (stack: string) => ({ stack, report: { ...report, stack, changes } as typeof report });
    const three = comment(undefined, ["dev", "staging", "prod"].map(long));
    assert.ok(three.length <= 65_536, String(three.length));
    const one = comment(three, [long("dev")]);
    assert.ok(one.length <= 65_536 && one.length > 50_000, String(one.length));
  });

  it("cannot be ended from within", () => {
    const evil = { ...recorded("image-preview"), stack: "dev" };
    evil.changes = evil.changes.map((change) => ({
      ...change,
      name: "<!-- cronium end -->\n<!-- cronium stack prod -->",
    }));
    const text = comment(undefined, [{ stack: "dev", report: evil }]);
    assert.equal(text.match(/<!-- cronium/g)?.length, 3);
  });
});

describe("cli: posting the comment", () => {
  /** Comments in memory. */
  function memory(
    after: (stored: Comment[]) => void = () => undefined,
  ): Comments & { stored: Comment[]; writes: string[] } {
    const stored: Comment[] = [];
    const writes: string[] = [];
    const wrote = (what: string) => {
      writes.push(what);
      after(stored);
    };
    return {
      stored,
      writes,
      list: async () => stored.map((one) => ({ ...one })),
      create: async (body) => {
        stored.push({ id: stored.length + 1, body });
        wrote("create");
      },
      edit: async (id, body) => {
        for (const one of stored) if (one.id === id) one.body = body;
        wrote("edit");
      },
      remove: async (id) => {
        stored.splice(
          stored.findIndex((one) => one.id === id),
          1,
        );
        wrote("remove");
      },
    };
  }

  it("makes one, edits it in place, and leaves one alone that says the same", async () => {
    const comments = memory();
    assert.equal(await postComment(comments, [section("dev")]), "created");
    assert.equal(await postComment(comments, [section("dev")]), "unchanged");
    assert.equal(await postComment(comments, [section("prod")]), "edited");
    assert.deepEqual(comments.writes, ["create", "edit"]);
    assert.match(comments.stored[0]?.body ?? "", /<code>dev<\/code>[\s\S]*<code>prod<\/code>/);
  });

  it("writes again what another job overwrote at the same time, and keeps the other's", async () => {
    let others = 1;
    const comments = memory((stored) => {
      const [first] = stored;
      // The other job read the comment before ours was in it.
      if (first && others-- > 0) first.body = comment(undefined, [section("staging", "same-preview")]);
    });
    await postComment(comments, [section("dev")]);
    assert.match(
      comments.stored[0]?.body ?? "",
      /<code>dev<\/code>: 1 to replace[\s\S]*<code>staging<\/code>: no changes/,
    );
  });

  it("of two that were made at the same time keeps the older", async () => {
    const comments = memory();
    comments.stored.push(
      { id: 1, body: comment(undefined, [section("prod")]) },
      { id: 2, body: comment(undefined, [section("dev")]) },
    );
    await postComment(comments, [section("dev")]);
    assert.deepEqual(
      comments.stored.map(({ id }) => id),
      [1],
    );
    assert.match(comments.stored[0]?.body ?? "", /<code>dev<\/code>[\s\S]*<code>prod<\/code>/);
  });

  it("gives up when somebody else never stops", async () => {
    const comments = memory((stored) => {
      for (const one of stored) one.body = MARK;
    });
    await assert.rejects(postComment(comments, [section("dev")]), /changed by somebody else 5 times/);
  });

  it("says which stack has no report", () => {
    assert.deepEqual(readReports(["/nowhere/staging"]), [{ stack: "staging" }]);
  });
});

describe("cli: a preview in a pipeline", () => {
  it("names all that a shared stack lacks", () => {
    assert.throws(
      () => requireEnvironment("prod", "", {}),
      /stack prod needs PULUMI_BACKEND_URL, .* and DOCKER_HOST, /,
    );
    assert.throws(
      () => requireEnvironment("o/p/prod", "  docker:host: tcp://e:2376\n", {}),
      /needs PULUMI_BACKEND_URL, where its state is:/,
    );
    requireEnvironment("prod", "", { PULUMI_BACKEND_URL: "s3://b", DOCKER_HOST: "tcp://e:2376" });
    requireEnvironment("dev", "", {});
  });
});
