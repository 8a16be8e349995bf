import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { buildImage } from "../../docker/build";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { removeIfUnused } from "../../docker/tags";
import { CHECKS } from "../../verify/checks";
import { lockedContainers } from "../../verify/containers";
import type { Config, ImageContents } from "../../verify/image";
import { readImage } from "../../verify/read";
import { type Report, verifyContents } from "../../verify/verify";
import { importShell, temporaryFolder, testName } from "../support/engine";
import { contentsTable, guaranteesTable, namesIn, readmeOf, section, totalIn } from "../support/image-readmes";
import { IMAGES, imageRef, requireImages } from "../support/images";
import { RUN_TIME_CHECKS } from "../support/run-time-checks";

/** A bad image for each check that starts containers: the image that it is made of, and what is done to that one. */
const BAD_IMAGES: Record<string, { from: string; steps: string; says: RegExp }> = {
  "runs-locked-down": {
    from: "python",
    steps: "COPY state.pth /usr/local/lib/python3.13/dist-packages/\nLABEL dev.cronium.language=",
    says: /Read-only file system/,
  },
  "init-reaps": {
    from: "python",
    steps: `ENTRYPOINT ["python3", "-c", "import signal, subprocess, sys; child = subprocess.Popen(sys.argv[1:]); signal.signal(signal.SIGTERM, lambda *_: child.terminate()); sys.exit(child.wait())"]`,
    says: /^process 1 \(python3\) did not reap an orphan/,
  },
  "stops-in-time": {
    from: "python",
    steps: `ENTRYPOINT ["tini", "--", "python3", "-c", "import os, signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.execvp(sys.argv[1], sys.argv[1:])"]`,
    says: /^it ended [2-9]\.\d\d s after SIGTERM$/,
  },
  "library-loads": {
    from: "python",
    steps:
      "COPY broken /usr/lib/python3.13/email/mime/__pycache__/audio.cpython-313.pyc\nCOPY broken /usr/lib/python3.13/email/mime/audio.py",
    says: /^email\.mime\.audio does not work$/,
  },
  "shell-for-subprocesses": {
    from: "python",
    steps: 'USER 0\nRUN ["/usr/bin/busybox", "rm", "/usr/bin/sh"]\nUSER 1000:1000',
    says: /No such file or directory: '\/bin\/sh'/,
  },
  "promised-tools": {
    from: "bash",
    steps: 'USER 0\nRUN ["/usr/bin/busybox", "rm", "/usr/bin/numfmt"]\nUSER 1000:1000',
    says: /^numfmt does not work$/,
  },
  "helper-loads": { from: "bash", steps: "ENV BASH_ENV=", says: /cronium_input: command not found/ },
  "healthcheck-passes": { from: "nodejs", steps: 'HEALTHCHECK CMD ["false"]', says: /^false ended with status 1/ },
};

/** Also proves that no other check catches a bad image, which takes eight times as long. */
const everyCheck = process.env.CRONIUM_TEST_EVERY_CHECK === "true";

describe("cronium verify", () => {
  let docker: Docker;
  const images: Record<string, ImageContents> = {};
  const reports: Record<string, Report> = {};
  const made: string[] = [];
  before(async () => {
    docker = await dockerClient(resolveDockerHost());
    await requireImages(docker, ...IMAGES);
  });
  after(async () => {
    for (const id of made) await removeIfUnused(docker, id);
  });

  for (const image of IMAGES) {
    it(`proves all that ${image} promises`, async () => {
      const contents = await readImage(docker, imageRef(image));
      images[image] = contents;
      reports[image] = await verifyContents(contents, lockedContainers(docker, imageRef(image)));
      const failed = reports[image].results.filter(({ verdict }) => verdict.status === "fail");
      assert.deepEqual(
        failed.map(({ check, verdict }) => [check.id, ...verdict.evidence]),
        [],
      );
    });
  }

  it("proves what images/README.md says that it guarantees", () => {
    assert.equal(section(readmeOf(), "guarantees"), guaranteesTable(reports));
  });

  for (const image of IMAGES) {
    it(`finds in ${image} the packages that its README lists, and about its size`, () => {
      const written = section(readmeOf(image), "contents");
      const base = image === "base" ? undefined : images.base;
      const found = contentsTable(images[image] as ImageContents, base);
      assert.deepEqual(namesIn(written), namesIn(found), "write it with test/support/write-image-readmes.ts");
      assert.ok(Math.abs(totalIn(written) / totalIn(found) - 1) < 0.1, `${totalIn(found)} kB`);
    });
  }

  describe("in containers", () => {
    const context = temporaryFolder({
      "state.pth": "import sys; open('/var/lib/state', 'w')\n",
      broken: "neither Python nor byte code",
      Dockerfile: Object.entries(BAD_IMAGES)
        .map(([id, { from, steps }]) => `FROM ${imageRef(from)} AS ${id}\n${steps}\n`)
        .join("\n"),
    });
    after(() => context.remove());

    const running = CHECKS.filter(({ id }) => RUN_TIME_CHECKS.includes(id));

    it("has a bad image for each check", () => {
      assert.deepEqual(
        running.map(({ id }) => id),
        Object.keys(BAD_IMAGES),
      );
    });

    /** Builds a bad image and runs its check on it. */
    const tried = async (id: string, from: string) => {
      const image = await buildImage(docker, { context: context.path, target: id });
      made.push(image);
      const { Config } = await docker.getImage(image).inspect();
      // What such a check reads of an image are its config and where its programs are.
      const good = images[from] as ImageContents;
      const config = { ...good.config, config: Config as unknown as Config["config"] };
      const checks = everyCheck ? running : running.filter((check) => check.id === id);
      return verifyContents({ ...good, reference: image, config }, lockedContainers(docker, image), checks);
    };
    const trials = new Map<string, ReturnType<typeof tried>>();
    before(() => {
      // They mostly wait: all at once, unless each takes all checks.
      if (everyCheck) return;
      for (const [id, { from }] of Object.entries(BAD_IMAGES)) {
        const trial = tried(id, from);
        trial.catch(() => undefined);
        trials.set(id, trial);
      }
    });

    for (const [id, { from, says }] of Object.entries(BAD_IMAGES)) {
      it(`${id} catches its bad image`, async () => {
        const { results } = await (trials.get(id) ?? tried(id, from));
        const failed = results.filter(({ verdict }) => verdict.status === "fail");
        assert.deepEqual(
          failed.map(({ check }) => check.id),
          [id],
          JSON.stringify(failed),
        );
        assert.match(failed[0]?.verdict.evidence.join("\n") ?? "", says);
      });
    }
  });

  it("tells of any image, with status 1 for a bad one, as SARIF; sbom and compare tell the rest", async () => {
    const name = testName();
    await importShell(docker, `${name}:latest`);
    try {
      const { status, stdout } = await cronium("verify", name, "--sarif");
      assert.equal(status, 1);
      const [run] = (JSON.parse(stdout) as Sarif).runs;
      const failed = run?.results.filter(({ kind }) => kind === "fail").map(({ ruleId }) => ruleId) ?? [];
      assert.ok(failed.includes("user-is-not-root") && failed.includes("no-unpromised-shell"), failed.join(", "));
      assert.equal(run?.tool.driver.rules.length, CHECKS.length);

      const sbom = JSON.parse((await cronium("sbom", imageRef("bash"))).stdout) as { packages: { name: string }[] };
      for (const wanted of ["cronium/bash", "libc6", "jq"]) assert.ok(sbom.packages.some((one) => one.name === wanted));

      const other = await cronium("compare", imageRef("base"), imageRef("bash"));
      assert.equal(other.status, 1);
      assert.match(other.stdout, /^layer \d+ {2}\/usr\/bin\/bash: only in the second$/m);
      assert.match(other.stdout, /^config {2}config\.Labels\.dev\.cronium\.language: not set and "bash"$/m);
    } finally {
      await docker.getImage(`${name}:latest`).remove();
    }
  });
});

interface Sarif {
  runs: { tool: { driver: { rules: unknown[] } }; results: { kind: string; ruleId: string }[] }[];
}

async function cronium(...args: string[]): Promise<{ status: number; stdout: string }> {
  const run = promisify(execFile)("./cronium", args, { maxBuffer: 1 << 26 });
  return run.then(
    ({ stdout }) => ({ status: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ status: code, stdout }),
  );
}
