import { CliError } from "../errors";

/** A comment on a pull request. */
export interface Comment {
  id: number | bigint;
  body: string;
}

/** The comments of one pull request that one author wrote. */
export interface Comments {
  list(): Promise<Comment[]>;
  create(body: string): Promise<void>;
  edit(id: Comment["id"], body: string): Promise<void>;
  remove(id: Comment["id"]): Promise<void>;
}

export interface GitHubOptions {
  /** https://api.github.com, or that of a GitHub Enterprise server. */
  apiUrl: string;
  token: string;
  /** owner/name. */
  repository: string;
  pull: number;
  /** Whose comments are ours: anybody can write what looks like one. */
  author: string;
  /** Milliseconds before a request is sent again, the first time; default 1000. */
  backoff?: number;
}

/** The longest time that a rate limit is waited for, in seconds. */
const PATIENCE = 300;

/**
 * Comments by GitHub's API. Requests that fail with 5xx are repeated, and those that run into a rate limit after the time that
 * GitHub names.
 * @throws CliError naming what GitHub refused, and what it needs
 */
export async function githubComments(options: GitHubOptions): Promise<Comments> {
  const { apiUrl, token, repository, pull, author, backoff = 1000 } = options;
  const [owner = "", repo = ""] = repository.split("/");
  const [{ Octokit }, { paginateRest }, { retry }, { throttling }] = await Promise.all([
    import("@octokit/core"),
    import("@octokit/plugin-paginate-rest"),
    import("@octokit/plugin-retry"),
    import("@octokit/plugin-throttling"),
  ]);
  const waits = (after: number, _request: object, _octokit: unknown, repeated: number) =>
    repeated < 3 && after <= PATIENCE;
  const octokit = new (Octokit.plugin(paginateRest, retry, throttling))({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ""),
    userAgent: "cronium",
    retry: { retryAfterBaseValue: backoff },
    throttle: { onRateLimit: waits, onSecondaryRateLimit: waits, retryAfterBaseValue: backoff },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const told = async <T>(what: string, request: Promise<T>): Promise<T> => {
    try {
      return await request;
    } catch (error) {
      const { status, message } = error as { status?: number; message: string };
      const remedy =
        status === 401 || status === 403 || status === 404
          ? ": the token needs pull-requests: write, and issues: write where the comment is on an issue"
          : "";
      throw new CliError(`GitHub did not ${what} (${status ?? "no answer"}: ${message})${remedy}`);
    }
  };
  const place = { owner, repo };
  return {
    async list() {
      const pages = octokit.paginate("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
        ...place,
        issue_number: pull,
        per_page: 100,
      });
      const all = await told("list the comments", pages);
      return all.flatMap(({ id, body, user }) => (user?.login === author ? [{ id, body: body ?? "" }] : []));
    },
    async create(body) {
      const parameters = { ...place, issue_number: pull, body };
      const made = octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", parameters);
      await told("take the comment", made);
    },
    async edit(id, body) {
      const parameters = { ...place, comment_id: id as number, body };
      await told(
        "change the comment",
        octokit.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", parameters),
      );
    },
    async remove(id) {
      const parameters = { ...place, comment_id: id as number };
      await told(
        "delete a comment that is there twice",
        octokit.request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", parameters),
      );
    },
  };
}
