import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { containerOptions } from "../../cli/job/container";
import { members, oneLine } from "../../cli/job/json";
import { isGone, ownIdentity } from "../../cli/job/owner";
import { commandFor } from "../../cli/job/script";
import { demultiplex } from "../../cli/job/streams";
import { seccompOption } from "../../docker/seccomp";

describe("cli: a job", () => {
  describe("JSON texts", () => {
    it("are cut out as they are", () => {
      const text =
        '{"a":12345678901234567890, "b" : {"c":[1e400,"}],:\\""],"a":0} ,"\\u0041":"x","e":-0,"f":null,"a":2}';
      assert.deepEqual(
        [...members(text)],
        [
          ["a", "2"],
          ["b", '{"c":[1e400,"}],:\\""],"a":0}'],
          ["A", '"x"'],
          ["e", "-0"],
          ["f", "null"],
        ],
      );
      assert.deepEqual([...members(" { } ")], []);
    });
    it("refuse what is no object", () => {
      for (const text of ["[]", "null", '"x"', "{", ""]) assert.throws(() => members(text), SyntaxError);
    });
    it("go on one line without another change", () => {
      assert.equal(oneLine('\n{\r\n "n": 1.0,\n"s": "a\\nb"}\n'), '{  "n": 1.0, "s": "a\\nb"}');
    });
  });

  describe("commands", () => {
    it("are those of the contract", () => {
      assert.deepEqual(commandFor("bash", "x"), ["/bin/bash", "-c", "x"]);
      assert.deepEqual(commandFor("python", "x"), ["python3", "-c", "x"]);
      assert.deepEqual(commandFor("nodejs", "x"), ["node", "-e", "x"]);
    });
    it("split a long script into arguments that the kernel takes, between characters", () => {
      const script = `${"é😀".repeat(100_000)}\nend`;
      const command = commandFor("bash", script);
      const pieces = command.slice(4);
      assert.equal(command[3], "/bin/bash");
      assert.equal(pieces.map((piece) => Buffer.from(piece).toString("utf8")).join(""), script);
      for (const piece of pieces) assert.ok(Buffer.byteLength(piece) < 128 * 1024);
    });
  });

  it("'s container is the contract's", () => {
    const job = { executionId: "e", image: "i", command: ["c"], env: ["A=1"], timeoutSeconds: 1, sidecar: "s" };
    const { HostConfig, Labels, ...options } = containerOptions(job, undefined, 5);
    assert.deepEqual(options, {
      Image: "i",
      Cmd: ["c"],
      Env: ["A=1"],
      User: "1000:1000",
      WorkingDir: "/workspace",
      AttachStdout: true,
      AttachStderr: true,
    });
    assert.equal(Labels?.["dev.cronium.run"], "e");
    assert.deepEqual(HostConfig, {
      NetworkMode: "cronium-run-e",
      Dns: ["127.0.0.1"],
      DnsOptions: ["timeout:1", "attempts:1"],
      ReadonlyRootfs: true,
      Tmpfs: {
        "/tmp": "rw,noexec,nosuid,nodev,size=100m,mode=1777",
        "/workspace": "rw,nosuid,nodev,size=100m,mode=0755,uid=1000,gid=1000",
      },
      Memory: 536_870_912,
      MemorySwap: 536_870_912,
      NanoCpus: 500_000_000,
      PidsLimit: 100,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges", seccompOption(process.cwd(), "job")],
      LogConfig: { Type: "none", Config: {} },
    });
  });

  describe("the engine's stream", () => {
    const frame = (source: number, text: string) => {
      const data = Buffer.from(text);
      const header = Buffer.alloc(8);
      header[0] = source;
      header.writeUInt32BE(data.length, 4);
      return Buffer.concat([header, data]);
    };
    const bytes = Buffer.concat([frame(1, "one"), frame(2, "err"), frame(1, ""), frame(1, "two\nthree")]);

    for (const size of [1, 3, 7, 8, 9, 100]) {
      it(`is taken apart when it comes in pieces of ${size}`, async () => {
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        const texts = { stdout: "", stderr: "" };
        for await (const { source, data } of demultiplex(Readable.from(chunks))) texts[source] += data;
        assert.deepEqual(texts, { stdout: "onetwo\nthree", stderr: "err" });
      });
    }
  });

  describe("its owner", () => {
    const later = Date.now() / 1000 + 1000;
    it("is there as long as its process is", () => assert.equal(isGone(ownIdentity(), later), false));
    it("is gone with its process", () => {
      assert.equal(isGone(ownIdentity().replace(/ \d+ \S+$/, " 9999999 1"), later), true);
    });
    it("is gone when its number belongs to another process", () => {
      assert.equal(isGone(ownIdentity().replace(/\S+$/, "1"), later), true);
    });
    it("is unknown on another machine, until the job's time is over", () => {
      assert.equal(isGone("boot pid:[1] 1 1", later), false);
      assert.equal(isGone("boot pid:[1] 1 1", 1), true);
    });
  });
});
