import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Container } from "dockerode";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { copyProject, type Project } from "../support/project";
import { token } from "../support/runtime-api";
import { exec, probed } from "../support/runtime-api-container";

interface Outputs {
  runtimeApi: { containerId: string };
  runtimeApiSecret: string;
}

describe("a stack's runtime API", () => {
  let docker: Docker;
  let project: Project;
  before(async () => {
    docker = await dockerClient(resolveDockerHost());
    project = copyProject();
    project.succeed("up", "--yes");
  });
  after(() => project.remove());

  const statusOf = async (sidecar: Container, secret: string): Promise<string> => {
    const script = `fetch("http://localhost:8081/executions/exec-1/input", { headers: { authorization: "Bearer " + process.argv[1] } })
      .then((answer) => console.log(answer.status));`;
    return (await exec(sidecar, ["node", "-e", script, token({}, { secret })])).stdout.trim();
  };

  it("comes anew with another image, and the variables are there", async () => {
    const { runtimeApi, runtimeApiSecret: secret } = project.outputs<Outputs>();
    const variable = async (containerId: string, ...init: string[]): Promise<string> => {
      const script = `fetch("http://localhost:8081/executions/exec-1/variables/kept", {
          headers: { authorization: "Bearer " + process.argv[1] }, ...JSON.parse(process.argv[2] ?? "{}"),
        }).then(async (answer) => console.log(await answer.text()));`;
      return (await exec(docker.getContainer(containerId), ["node", "-e", script, token({}, { secret }), ...init]))
        .stdout;
    };
    const put = { method: "PUT", body: '{"value":41}' };
    assert.equal(await variable(runtimeApi.containerId, JSON.stringify(put)), '{"success":true}\n');
    const dockerfile = "images/runtime-api/Dockerfile";
    project.write(dockerfile, `${readFileSync(dockerfile, "utf8")}LABEL dev.cronium.changed=true\n`);
    project.succeed("up", "--yes");
    const { containerId } = project.outputs<Outputs>().runtimeApi;
    assert.notEqual(containerId, runtimeApi.containerId);
    assert.equal(await variable(containerId), '{"success":true,"data":{"key":"kept","value":41}}\n');
  });

  it("rotates its secret by one value: the container stays, tokens of both secrets work", async () => {
    const before = project.outputs<Outputs>();
    const sidecar = docker.getContainer(before.runtimeApi.containerId);
    assert.equal(await statusOf(sidecar, before.runtimeApiSecret), "200");
    project.succeed("config", "set", "cronium:secretGeneration", "2");
    project.succeed("up", "--yes");
    const after = project.outputs<Outputs>();
    assert.equal(after.runtimeApi.containerId, before.runtimeApi.containerId);
    assert.notEqual(after.runtimeApiSecret, before.runtimeApiSecret);
    assert.equal(await statusOf(sidecar, after.runtimeApiSecret), "200");
    assert.equal(await statusOf(sidecar, before.runtimeApiSecret), "200");
    project.succeed("preview", "--refresh", "--expect-no-changes");
  });

  it("gets Valkey in front of its backend by two settings, the password nowhere to be seen", async () => {
    project.succeed("config", "set", "cronium:backendUrl", "http://backend.invalid:5001");
    project.succeed("config", "set", "cronium:valkey", "true");
    project.succeed("up", "--yes");
    const sidecar = docker.getContainer(project.outputs<Outputs>().runtimeApi.containerId);
    await probed(sidecar);
    const ready = `(async () => {
      for (let message = "Valkey"; message.includes("Valkey"); ) {
        ({ message } = await (await fetch("http://localhost:8081/ready")).json());
        if (!message.includes("Valkey")) console.log(message);
      }
    })()`;
    const { stdout } = await exec(sidecar, ["node", "-e", ready]);
    assert.equal(stdout, "Not ready: the backend does not answer.\n");
    const read = 'console.log(require("fs").readFileSync("/run/secrets/cronium/valkey-url", "utf8"))';
    const [, password = ""] = /:([^:@]+)@/.exec((await exec(sidecar, ["node", "-e", read])).stdout) ?? [];
    assert.equal(password.length, 48);
    const containers = await docker.listContainers({ all: true, filters: { name: [project.namespace] } });
    assert.equal(containers.length, 4);
    for (const { Id } of containers) {
      assert.ok(!JSON.stringify(await docker.getContainer(Id).inspect()).includes(password));
    }
    project.succeed("preview", "--refresh", "--expect-no-changes");
  });
});
