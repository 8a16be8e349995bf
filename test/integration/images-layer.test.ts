import assert from "node:assert/strict";
import type { Container } from "dockerode";
import { dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { builderImage } from "../support/images";
import { exec, type Ran } from "../support/runtime-api-container";

describe("the tool that makes layers", () => {
  let builder: Container;
  before(async () => {
    const docker = await dockerClient(resolveDockerHost());
    builder = await docker.createContainer({
      Image: await builderImage(docker),
      Entrypoint: ["sleep", "infinity"],
      HostConfig: { NetworkMode: "none" },
    });
    await builder.start();
  });
  after(() => builder.remove({ force: true }));

  /** Builds a layer of these directives over the base and prints what is in it, one path a line. */
  const build = (...directives: string[]): Promise<Ran> => {
    const script = `rm -rf /out && printf '%s\\n' "$@" >/test.list && layer build /test.list /out --below /layers/base &&
      cd /out && find . -not -type d | sort`;
    return exec(builder, ["sh", "-c", script, "layer", ...directives]);
  };

  it("takes libraries of libraries, licences and dpkg's records, and nothing that the base has", async () => {
    const { status, stdout, stderr } = await build("file /usr/bin/apt-get");
    assert.deepEqual([status, stderr], [0, ""]);
    const files = stdout.split("\n");
    for (const pattern of [
      /^\.\/usr\/bin\/apt-get$/,
      /\/libapt-pkg\.so\.\d+\.\d+(\.\d+)?$/,
      /\/libzstd\.so\.1$/,
      /^\.\/usr\/share\/doc\/apt\/copyright$/,
      /^\.\/var\/lib\/dpkg\/status\.d\/libzstd1\.md5sums$/,
    ]) {
      assert.ok(
        files.some((file) => pattern.test(file)),
        String(pattern),
      );
    }
    assert.ok(!files.some((file) => file.endsWith("/libc.so.6")));
  });

  const faults: [string, string[], RegExp][] = [
    ["a library that is nowhere", ["library libnone.so.1"], /this list needs the library libnone\.so\.1/],
    ["a link to nothing", ["link /usr/bin/a /usr/bin/none"], /\/usr\/bin\/a is a dangling link to \/usr\/bin\/none/],
    ["a script without its interpreter", ["file /usr/bin/savelog"], /\/usr\/bin\/savelog is a script for \/bin\/sh/],
    ["a package that is not there", ["package none"], /test\.list:1: package none is not installed/],
    ["a file that is not there", ["# why", "file /none*"], /test\.list:2: \/none\* matches nothing/],
    [
      "a word that is no directive",
      ["files /bin/sh"],
      /test\.list:1: "files" is no directive; those there are: package,/,
    ],
    ["too few words", ["link /a"], /test\.list:1: "link" with 1 arguments; it takes 2 to 2/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the list's own placeholder
    ["a value that is not given", ["line /a ${NONE}"], /test\.list:1: \$\{NONE\} is not set; pass --set NONE=VALUE/],
  ];
  for (const [fault, directives, message] of faults) {
    it(`fails for ${fault}`, async () => {
      const { status, stderr } = await build(...directives);
      assert.equal(status, 1);
      assert.match(stderr, message);
    });
  }

  it("gives every file one time and the modes 0755 or 0644", async () => {
    const made = await exec(builder, ["sh", "-c", "touch /made && chmod 4775 /made"]);
    assert.equal(made.status, 0);
    assert.equal((await build("copy /made /usr/bin/made")).status, 0);
    const { stdout } = await exec(builder, ["stat", "-c", "%a %Y %u", "/out/usr/bin/made", "/out"]);
    assert.equal(stdout, "755 0 0\n755 0 0\n");
  });
});
