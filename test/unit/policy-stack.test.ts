import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ENVIRONMENTS } from "../../policy/environment";
import { runProgram } from "../support/mocks";
import { type Given, Secret, violations } from "../support/policy";

const SECRET = "0123456789abcdef0123456789abcdef";
/** What the environments' files leave to those who have a registry and a backend. */
const GIVEN = { "docker:host": "unix:///run/test.sock", "cronium:registry": "registry.example.com" };
const BACKEND = { "cronium:backendUrl": "https://backend.example.com" };
const DIGESTS = {
  "cronium:digests": JSON.stringify(
    Object.fromEntries(
      ["base", "bash", "python", "nodejs", "runtime-api", "valkey"].map((name) => [
        name,
        `registry.example.com/cronium/${name}@sha256:${createHash("sha256").update(name).digest("hex")}`,
      ]),
    ),
  ),
};

describe("this project's own stack", () => {
  for (const environment of ENVIRONMENTS) {
    it(`keeps every rule of ${environment}`, async () => {
      assert.deepEqual(violations(await ownStack(environment), { environment }), []);
    });
  }

  it("keeps every rule of prod with a backend and Valkey in front of it", async () => {
    const more = { ...BACKEND, "cronium:valkey": "true" };
    assert.deepEqual(violations(await ownStack("prod", more), { environment: "prod" }), []);
  });

  it("would not with a sidecar that is privileged, or jobs that have a way out", async () => {
    const stack = await ownStack("prod");
    const find = (type: string, name: string) =>
      stack.find((given) => given.type === type && given.name === name) as Given;
    find("docker:index/container:Container", "runtime-api").props.privileged = true;
    find("docker:index/network:Network", "jobs").props.internal = false;
    assert.deepEqual(
      violations(stack, { environment: "prod" }).map((message) => message.split(":", 1)[0]),
      ["container-not-privileged", "job-network-internal", "network-without-icc"],
    );
  });
});

/** The stack as the program makes it with the settings of an environment, with outputs that look like the engine's. */
async function ownStack(environment: string, more: Record<string, string> = {}): Promise<Given[]> {
  const lines = readFileSync(`Pulumi.${environment}.yaml`, "utf8").matchAll(/^ {2}(\S+): (\S+)$/gm);
  const config = Object.fromEntries([...lines].map(([, key, value]) => [key as string, value as string]));
  const secrets: Record<string, string> =
    config["cronium:secretSource"] === "config" ? { "cronium:runtimeApiSecret": SECRET } : {};
  const given = {
    ...GIVEN,
    ...(config["cronium:valkey"] && BACKEND),
    ...(config["cronium:images"] === "promoted" && DIGESTS),
  };
  const settings = { ...given, ...config, ...secrets, ...more };
  const { resources, protect } = await runProgram(settings, Object.keys(secrets));
  return resources.map(({ type, name, inputs }) => ({
    type,
    name,
    protect: protect.includes(`${type} ${name}`),
    props: like({ ...inputs, ...(type === "cronium:index:Image" && imageOutputs(name, inputs)) }) as Given["props"],
  }));
}

function imageOutputs(name: string, { repository, tags }: Record<string, unknown>) {
  const ref = `${repository}:sha-${name}`;
  return { imageId: `sha256:${name}`, ref, sizeBytes: 1, tags: [...(tags as string[]), ref] };
}

/** The mocks' digests are names; these have the form of digests. Their secrets are objects. */
function like(value: unknown): unknown {
  const digest = (name: string) => createHash("sha256").update(name).digest("hex");
  if (typeof value === "string") {
    return value
      .replace(/^sha256:([\w-]+)$/, (_, name) => `sha256:${digest(name)}`)
      .replace(/:sha-([\w-]+)$/, (_, name) => `:sha-${digest(name).slice(0, 12)}`);
  }
  if (typeof value !== "object" || value === null) return value;
  if (Object.keys(value).join() === "secret") return new Secret(like((value as { secret: unknown }).secret));
  if (Array.isArray(value)) return value.map(like);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, like(inner)]));
}
