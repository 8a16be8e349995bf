import assert from "node:assert/strict";
import { postComment } from "../../cli/ci/comment";
import { githubComments } from "../../cli/ci/github";
import { comment } from "../../report/comment";
import { BOT, type FakeGitHub, fakeGitHub } from "../support/github";
import { recorded } from "../support/reports";

/** GitHub's client against a server that speaks its API; the client itself spaces out what it writes by a second or more. */
describe("cronium ci comment: GitHub", () => {
  const token = "t0ken";
  const section = { stack: "dev", report: recorded("image-preview") };
  let github: FakeGitHub;

  beforeEach(async () => {
    github = await fakeGitHub(token);
  });
  afterEach(() => github.close());

  const client = (as = token) =>
    githubComments({ apiUrl: `${github.url}/`, token: as, repository: "o/r", pull: 7, author: BOT, backoff: 10 });
  const changes = () => github.requests.filter((line) => !line.startsWith("GET"));

  it("finds its comment behind hundreds of others, of which none is its own for looking like it", async () => {
    const mark = comment(undefined, [{ stack: "dev" }]);
    github.comments = Array.from({ length: 230 }, (_, i) => ({
      id: i,
      body: i === 3 ? mark : "text",
      user: { login: "someone" },
    }));
    github.comments.push({ id: 500, body: mark, user: { login: BOT } });
    assert.equal(await postComment(await client(), [section]), "edited");
    assert.deepEqual(changes(), ["PATCH /repos/o/r/issues/comments/500"]);
    assert.equal(github.comments[3]?.body, mark);
  });

  it("waits for a rate limit, and repeats what failed on GitHub's side", async () => {
    const answer =
      (status: number, headers: Record<string, string>) =>
      (_: unknown, response: import("node:http").ServerResponse) => {
        response.writeHead(status, { "content-type": "application/json", ...headers }).end('{"message":"no"}');
        return true;
      };
    const now = String(Math.ceil(Date.now() / 1000));
    github.faults = [
      answer(502, {}),
      answer(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": now }),
      answer(429, { "retry-after": "0" }),
    ];
    assert.equal(await postComment(await client(), [section]), "created");
    assert.equal(github.comments.length, 1);
  });

  it("writes again what another job overwrote", async () => {
    github.meanwhile = () => {
      github.meanwhile = undefined;
      (github.comments[0] as { body: string }).body = comment(undefined, [{ stack: "prod" }]);
    };
    await postComment(await client(), [section]);
    assert.match(github.comments[0]?.body ?? "", /<code>dev<\/code>: 1 to replace[\s\S]*<code>prod<\/code>: no report/);
  });

  it("says what a token lacks, without the token", async () => {
    await assert.rejects(postComment(await client("wrong"), [section]), (error: Error) => {
      assert.match(error.message, /^GitHub did not list the comments \(401: Bad credentials.*pull-requests: write/);
      assert.doesNotMatch(error.message, /wrong/);
      return true;
    });
  });
});
