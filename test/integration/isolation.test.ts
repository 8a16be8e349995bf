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

/** Tries each target and prints one line of JSON: what it could reach. */
const PROBE = `
import json, socket
targets = cronium.input()
reached = []
for host, port in targets:
    try:
        socket.create_connection((host, port), 2).close()
        reached.append([host, port])
    except OSError:
        pass
cronium.output(reached)
`;

/** Listens on every address, prints its own, and stays until its input variable "done" is set. */
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
  let port: number;
  let other: ChildProcessWithoutNullStreams;
  let otherAddresses: string[];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "cronium-isolation-"));
    writeFileSync(join(folder, "probe.py"), PROBE);
    writeFileSync(join(folder, "listener.js"), LISTENER);
    host = createServer((_request, response) => response.end()).listen(0, "0.0.0.0");
    await once(host, "listening");
    port = (host.address() as AddressInfo).port;
    other = spawn("./cronium", ["run", "nodejs", join(folder, "listener.js")], { cwd: root });
    for await (const line of createInterface(other.stdout)) {
      otherAddresses = JSON.parse(line);
      break;
    }
  });

  after(async () => {
    host.close();
    other.kill("SIGINT");
    if (other.exitCode === null) await once(other, "exit");
    rmSync(folder, { recursive: true });
  });

  it("but it reaches the runtime API", () => {
    const wanted = ["runtime-api", "runtime"].map((name) => [name, 8081]);
    assert.deepEqual(reached(wanted), wanted);
  });

  it("to the host's addresses, its own gateway among them", () => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
    assert.deepEqual(reached([gatewayOfJobs(), ...addresses].map((address) => [address, port])), []);
  });

  it("to other networks, by address or by name", () => {
    const outside = ["1.1.1.1", "8.8.8.8", "192.0.2.1", "169.254.169.254", "example.com", "debian.org"];
    assert.deepEqual(
      reached(
        outside.flatMap((name) => [
          [name, 80],
          [name, 443],
          [name, 53],
        ]),
      ),
      [],
    );
  });

  it("to another job's ports, by address or by name", () => {
    assert.ok(otherAddresses.length > 1, "the other job has an address");
    assert.deepEqual(reached(otherAddresses.map((address) => [address, 9000])), []);
  });

  it("to names outside, not even to ask for them", () => {
    const script = join(folder, "resolve.py");
    writeFileSync(
      script,
      "import socket\ntry:\n    print(socket.getaddrinfo('debian.org', 80))\nexcept OSError:\n    print('unknown')\n",
    );
    const { stdout } = spawnSync("./cronium", ["run", "python", script], { cwd: root });
    assert.match(stdout.toString(), /^unknown/);
  });

  function reached(targets: [string, number][] | (string | number)[][]): unknown {
    const { status, stdout, stderr } = spawnSync(
      "./cronium",
      ["run", "python", join(folder, "probe.py"), "--input", JSON.stringify(targets), "--json"],
      { cwd: root },
    );
    assert.equal(status, 0, stderr.toString());
    return JSON.parse(stdout.toString()).output;
  }

  /** Where a bridge has its own address, and so the host, unless it is inhibited. */
  function gatewayOfJobs(): string {
    return (otherAddresses.at(-1) as string).replace(/\.\d+$/, ".1");
  }
});
