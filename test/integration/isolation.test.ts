import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../support/project";

/** Tries each target at once, and its output is what it could reach; it prints what a name outside resolves to. */
const PROBE = `
import concurrent.futures, socket
def reaches(target):
    try:
        socket.create_connection(target, 2).close()
        return True
    except OSError:
        return False
targets = cronium.input()
with concurrent.futures.ThreadPoolExecutor(len(targets)) as pool:
    cronium.output([target for target, reached in zip(targets, pool.map(reaches, targets)) if reached])
try:
    print(socket.getaddrinfo("debian.org", 80))
except OSError:
    print("unknown")
`;

/** Listens on every address, prints its own, and stays until it is stopped. */
const LISTENER = `
const server = require("node:http").createServer((request, response) => response.end("reached")).listen(9000, "0.0.0.0");
server.on("listening", async () => {
  const addresses = Object.values(require("node:os").networkInterfaces()).flat();
  console.log(JSON.stringify([require("node:os").hostname(), ...addresses.filter((a) => !a.internal).map((a) => a.address)]));
});
`;

describe("a job has no way out", () => {
  let folder: string;
  let host: Server;
  let other: ChildProcessWithoutNullStreams;
  let tried: Record<"api" | "host" | "outside" | "other", Target[]>;
  let reached: Target[];
  let resolved: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "cronium-isolation-"));
    writeFileSync(join(folder, "probe.py"), PROBE);
    writeFileSync(join(folder, "listener.js"), LISTENER);
    host = createServer((_request, response) => response.end()).listen(0, "0.0.0.0");
    await once(host, "listening");
    const { port } = host.address() as AddressInfo;
    other = spawn("./cronium", ["run", "nodejs", join(folder, "listener.js")], { cwd: root });
    const [line] = await once(createInterface(other.stdout), "line");
    const names: string[] = JSON.parse(line);
    const address = names.at(-1) as string;
    const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
    const outside = ["1.1.1.1", "8.8.8.8", "192.0.2.1", "169.254.169.254", "example.com", "debian.org"];
    tried = {
      api: ["runtime-api", "runtime"].map((name) => [name, 8081]),
      // The first address is where a bridge has its own, and so the host, unless it is inhibited.
      host: [address.replace(/\.\d+$/, ".1"), ...own].map((name) => [name, port]),
      outside: outside.flatMap((name) => [80, 443, 53].map((outsidePort): Target => [name, outsidePort])),
      other: names.map((name) => [name, 9000]),
    };
    const input = JSON.stringify(Object.values(tried).flat());
    const args = ["run", "python", join(folder, "probe.py"), "--input", input, "--json"];
    const { status, stdout, stderr } = spawnSync("./cronium", args, { cwd: root, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    reached = JSON.parse(stdout).output;
    resolved = stderr;
  });

  after(async () => {
    host.close();
    other.kill("SIGINT");
    if (other.exitCode === null) await once(other, "exit");
    rmSync(folder, { recursive: true });
  });

  it("but it reaches the runtime API", () => assert.deepEqual(reachedOf("api"), tried.api));

  it("to the host's addresses, its own gateway among them", () => {
    assert.ok(tried.host.length > 1);
    assert.deepEqual(reachedOf("host"), []);
  });

  it("to other networks, by address or by name", () => assert.deepEqual(reachedOf("outside"), []));

  it("to another job's ports, by address or by name", () => {
    assert.ok(tried.other.length > 1, "the other job has an address");
    assert.deepEqual(reachedOf("other"), []);
  });

  it("to names outside, not even to ask for them", () => assert.match(resolved, /^unknown$/m));

  function reachedOf(group: keyof typeof tried): Target[] {
    const wanted = new Set(tried[group].map(String));
    return reached.filter((target) => wanted.has(String(target)));
  }
});

/** A host's name or address, and a port. */
type Target = [string, number];
