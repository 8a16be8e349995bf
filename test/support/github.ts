import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An issue comment as GitHub's API has it, as far as it matters here. */
export interface StoredComment {
  id: number;
  body: string;
  user: { login: string };
}

/** The part of GitHub's REST API that comments on pull requests need, on this machine. */
export interface FakeGitHub {
  url: string;
  comments: StoredComment[];
  /** Method and path of each request, in order. */
  requests: string[];
  /** Answers the next requests before anything else does; undefined to let one through. */
  faults: ((request: IncomingMessage, response: ServerResponse) => boolean)[];
  /** Called after each change, before it is answered: what another job does at the same time. */
  meanwhile?: (change: string) => void;
  close(): Promise<void>;
}

export const BOT = "github-actions[bot]";

export async function fakeGitHub(token: string): Promise<FakeGitHub> {
  let next = 1000;
  const server = createServer(async (request, response) => {
    const { method = "", url = "" } = request;
    fake.requests.push(`${method} ${url}`);
    const send = (status: number, body?: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    const fault = fake.faults.shift();
    if (fault?.(request, response)) return;
    if (request.headers.authorization !== `token ${token}`) return send(401, { message: "Bad credentials" });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { body = "" } = JSON.parse(Buffer.concat(chunks).toString() || "{}") as { body?: string };
    if (body.length > 65_536) return send(422, { message: "body is too long (maximum is 65536 characters)" });
    const target = new URL(url, fake.url);
    if (/^\/repos\/o\/r\/issues\/7\/comments$/.test(target.pathname)) {
      if (method === "POST") {
        const made = { id: next++, body, user: { login: BOT } };
        fake.comments.push(made);
        fake.meanwhile?.("create");
        return send(201, made);
      }
      const size = Number(target.searchParams.get("per_page") ?? 30);
      const page = Number(target.searchParams.get("page") ?? 1);
      const last = Math.max(1, Math.ceil(fake.comments.length / size));
      target.searchParams.set("page", String(page + 1));
      const link = page < last ? { link: `<${target.href}>; rel="next"` } : undefined;
      return send(200, fake.comments.slice((page - 1) * size, page * size), link);
    }
    const id = Number(/^\/repos\/o\/r\/issues\/comments\/(\d+)$/.exec(target.pathname)?.[1]);
    const found = fake.comments.find((one) => one.id === id);
    if (!found) return send(404, { message: "Not Found" });
    if (method === "DELETE") {
      fake.comments.splice(fake.comments.indexOf(found), 1);
      return send(204);
    }
    found.body = body;
    fake.meanwhile?.("edit");
    return send(200, found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fake: FakeGitHub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    comments: [],
    requests: [],
    faults: [],
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return fake;
}
