import assert from "node:assert/strict";
import { version as serviceVersion } from "../../images/runtime-api/package.json";
import { RESULT, type Registered, runProgram } from "../support/mocks";
import { expected, HOST, upload } from "../support/stack-resources";

const NAMES = ["base", "bash", "python", "nodejs", "runtime-api", "valkey"];

describe("the stack's program", () => {
  it("registers exactly these resources with these inputs", async () => {
    const { resources } = await runProgram({ "docker:host": HOST });
    assertResources(resources, expected(""));
  });

  it("puts every name into a namespace, the job's view of the sidecar aside", async () => {
    const { resources, outputs } = await runProgram({ "docker:host": HOST, "cronium:namespace": "team-a" });
    assertResources(resources, expected("team-a"));
    assert.deepEqual(outputs.networks, { jobs: "team-a-cronium-jobs", egress: "team-a-cronium-egress" });
    assert.deepEqual(outputs.runtimeApi, {
      url: "http://runtime-api:8081",
      containerId: "runtime-api-id",
      version: serviceVersion,
    });
  });

  it("exports maps by image name", async () => {
    const { outputs } = await runProgram({ "docker:host": HOST });
    const byName = (value: (name: string) => unknown) => Object.fromEntries(NAMES.map((name) => [name, value(name)]));
    const runner: Record<string, string> = { bash: "bash-alpine", python: "python-alpine", nodejs: "node-alpine" };
    assert.deepEqual(outputs, {
      imageDigests: byName((name) => `sha256:${name}`),
      imageContentDigests: byName((name) => `sha256:content-${name}`),
      imageSizes: byName(() => 1),
      imageRefs: byName((name) => `cronium/${name}:sha-${name}`),
      imageTags: byName((name) => [
        `cronium/${name}:latest`,
        `cronium/${name}:sha-${name}`,
        ...(runner[name] ? [`cronium/runner:${runner[name]}`] : []),
      ]),
      networks: { jobs: "cronium-jobs", egress: "cronium-egress" },
      runtimeApi: { url: "http://runtime-api:8081", containerId: "runtime-api-id", version: serviceVersion },
      runtimeApiSecret: RESULT,
    });
  });

  it("hands every setting to what it is for", async () => {
    const secret = "0123456789abcdef0123456789abcdef";
    const previous = "an old one, 0123456789abcdef0123456789abcdef";
    const { resources, outputs } = await runProgram(
      {
        "docker:host": "tcp://engine:2376",
        "docker:certPath": "/certs",
        "cronium:builderRoot": "auto",
        "cronium:builderRootReference": `debian@sha256:${"1f".repeat(32)}`,
        "cronium:packagesAsOf": "2026-03-31",
        "cronium:userId": "2000",
        "cronium:groupId": "2001",
        "cronium:strip": "false",
        "cronium:keepShell": "false",
        "cronium:extraPackages": '{"bash":["git","tree"]}',
        "cronium:extraCa": "certs/proxy.pem",
        "cronium:jobsSubnet": "10.90.0.0/24",
        "cronium:egressSubnet": "10.91.0.0/24",
        "cronium:logLevel": "debug",
        "cronium:rateLimitPerMin": "7",
        "cronium:secretSource": "config",
        "cronium:runtimeApiSecret": secret,
        "cronium:runtimeApiSecretPrevious": previous,
        "cronium:retention": "12h",
      },
      ["cronium:runtimeApiSecret", "cronium:runtimeApiSecretPrevious"],
    );
    const address = { host: "tcp://engine:2376", certPath: "/certs" };
    assert.deepEqual(inputs(resources, "pulumi:providers:docker", "docker"), address);
    // Of the provider, not of the images: it is in none, and another one is no reason to build.
    assert.deepEqual(inputs(resources, "pulumi:providers:cronium", "cronium"), {
      ...address,
      extraCa: "certs/proxy.pem",
    });
    assert.deepEqual(inputs(resources, "cronium:index:BuilderRoot", "builder-root"), {
      repository: "cronium/builder-root",
      source: "auto",
      reference: `debian@sha256:${"1f".repeat(32)}`,
      suite: "trixie",
    });
    for (const image of resources.filter(({ type }) => type === "cronium:index:Image")) {
      const hardening = { USER_ID: "2000", GROUP_ID: "2001", STRIP: "false", KEEP_SHELL: "false" };
      const EXTRA_PACKAGES = image.name === "bash" ? "git tree" : "";
      const args = { ...hardening, EXTRA_PACKAGES, PACKAGES_AS_OF: "2026-03-31" };
      assert.deepEqual(image.inputs.buildArgs, args, image.name);
    }
    const network = "docker:index/network:Network";
    assert.deepEqual(inputs(resources, network, "jobs").ipamConfigs, [{ subnet: "10.90.0.0/24" }]);
    assert.deepEqual(inputs(resources, network, "egress").ipamConfigs, [{ subnet: "10.91.0.0/24" }]);
    const sidecar = inputs(resources, "docker:index/container:Container", "runtime-api");
    assert.equal(sidecar.user, "2000:2001");
    assert.deepEqual(sidecar.envs, [
      "DATA_DIR=/data",
      "JWT_SECRET_FILE=/run/secrets/cronium/jwt-secret",
      "JWT_SECRET_PREVIOUS_FILE=/run/secrets/cronium/jwt-secret-previous",
      "LOG_LEVEL=debug",
      "PORT=8081",
      "RATE_LIMIT_PER_MIN=7",
      "RETENTION=12h",
    ]);
    const carrier = inputs(resources, "docker:index/container:Container", "runtime-api-secret");
    assert.deepEqual(carrier.uploads, {
      secret: [upload("cronium/jwt-secret", secret), upload("cronium/jwt-secret-previous", `${previous}\n`)],
    });
    assert.equal(outputs.runtimeApiSecret, secret);
    assert.deepEqual(
      resources.filter(({ type }) => type.startsWith("random:")),
      [],
    );
  });

  it("protects the data and the generated secret, and nothing else, when told to", async () => {
    const { protect } = await runProgram({ "docker:host": HOST, "cronium:protect": "true" });
    assert.deepEqual(protect, [
      "docker:index/volume:Volume runtime-api-data",
      "random:index/randomPassword:RandomPassword runtime-api-secret",
    ]);
    assert.deepEqual((await runProgram({ "docker:host": HOST })).protect, []);
  });

  it("makes a new secret for each generation, and keeps the one before valid", async () => {
    const { resources } = await runProgram({ "docker:host": HOST, "cronium:secretGeneration": "3" });
    const made = resources.filter(({ type }) => type.startsWith("random:")).map(({ name }) => name);
    assert.deepEqual(made, ["runtime-api-secret-2", "runtime-api-secret-3"]);
    const carrier = inputs(resources, "docker:index/container:Container", "runtime-api-secret");
    assert.deepEqual(carrier.uploads, {
      secret: [upload("cronium/jwt-secret", RESULT), upload("cronium/jwt-secret-previous", `${RESULT}\n`)],
    });
    const sidecar = inputs(resources, "docker:index/container:Container", "runtime-api");
    const same = await runProgram({ "docker:host": HOST });
    assert.deepEqual(sidecar, inputs(same.resources, "docker:index/container:Container", "runtime-api"));
  });

  it("puts Valkey between the sidecar and its backend", async () => {
    const { resources } = await runProgram(
      {
        "docker:host": HOST,
        "cronium:namespace": "team-a",
        "cronium:backendUrl": "http://backend:5001",
        "cronium:backendToken": "token",
        "cronium:valkey": "true",
      },
      ["cronium:backendToken"],
    );
    const container = "docker:index/container:Container";
    const sidecar = inputs(resources, container, "runtime-api");
    assert.deepEqual(sidecar.envs, [
      "BACKEND_TOKEN_FILE=/run/secrets/cronium/backend-token",
      "BACKEND_URL=http://backend:5001",
      "DATA_DIR=/data",
      "JWT_SECRET_FILE=/run/secrets/cronium/jwt-secret",
      "JWT_SECRET_PREVIOUS_FILE=/run/secrets/cronium/jwt-secret-previous",
      "LOG_LEVEL=info",
      "PORT=8081",
      "RATE_LIMIT_PER_MIN=1000",
      "RETENTION=7d",
      "VALKEY_URL_FILE=/run/secrets/cronium/valkey-url",
    ]);
    assert.deepEqual((sidecar.networksAdvanced as unknown[])[2], { name: "team-a-cronium-cache" });
    assert.deepEqual(
      (inputs(resources, container, "runtime-api-secret").uploads as { secret: unknown[] }).secret.slice(2),
      [upload("cronium/backend-token", "token"), upload("cronium/valkey-url", `valkey://:${RESULT}@valkey:6379`)],
    );
    const user = `user default on >${RESULT} ~* &* +@all -@admin -@dangerous +info\n`;
    assert.deepEqual(inputs(resources, container, "valkey-secret").uploads, {
      secret: [upload("valkey/auth.conf", user)],
    });
    const valkey = inputs(resources, container, "valkey");
    assert.deepEqual(
      [valkey.name, valkey.image, valkey.user, valkey.readOnly, valkey.networksAdvanced],
      [
        "team-a-cronium-valkey",
        "sha256:valkey",
        "1000:1000",
        true,
        [{ name: "team-a-cronium-cache", aliases: ["valkey"] }],
      ],
    );
    assert.equal(inputs(resources, "docker:index/network:Network", "cache").internal, true);
  });

  it("pushes the images that have a name, and gives the provider the password as a secret", async () => {
    const { resources, outputs } = await runProgram(
      {
        "docker:host": HOST,
        "cronium:namespace": "team-a",
        "cronium:images": "push",
        "cronium:registry": "registry.test:5000/x",
        "cronium:registryUser": "reader",
        "cronium:registryPassword": "password",
      },
      ["cronium:registryPassword"],
    );
    assert.deepEqual(inputs(resources, "pulumi:providers:cronium", "cronium"), {
      host: HOST,
      registry: "registry.test:5000/x",
      registryUser: "reader",
      registryPassword: { secret: "password" },
    });
    assert.deepEqual(inputs(resources, "pulumi:providers:docker", "docker"), { host: HOST });
    const images = resources.filter(({ type }) => type === "cronium:index:Image");
    const pushed = images.filter(({ inputs }) => inputs.push).map(({ name, inputs }) => [name, inputs.push]);
    assert.deepEqual(
      pushed,
      NAMES.toSorted().map((name) => [name, `registry.test:5000/x/team-a/cronium/${name}`]),
    );
    assert.deepEqual(inputs(resources, "cronium:index:Image", "bash").baseImages, {
      BUILDER: "team-a/cronium/builder:sha-builder",
      BASE: "team-a/cronium/base:sha-base",
    });
    const ref = "registry.test:5000/x/team-a/cronium/bash@sha256:pushed-bash";
    assert.equal((outputs.imageRefs as Record<string, string>).bash, ref);
    assert.equal((outputs.imageDigests as Record<string, string>).bash, "sha256:pushed-bash");
  });

  it("runs what was promoted: builds nothing, and refers to nothing by latest", async () => {
    const digests = Object.fromEntries(
      NAMES.map((name, index) => [name, `registry.test/cronium/${name}@sha256:${`0${index}`.repeat(32)}`]),
    );
    const config = { "docker:host": HOST, "cronium:images": "promoted", "cronium:digests": JSON.stringify(digests) };
    const { resources, outputs } = await runProgram(config);
    const images = resources.filter(({ type }) => type === "cronium:index:Image" || type.endsWith("BuilderRoot"));
    assert.deepEqual(
      Object.fromEntries(images.map(({ name, inputs }) => [name, inputs])),
      Object.fromEntries(
        NAMES.map((name) => {
          const runner = { bash: "bash-alpine", python: "python-alpine", nodejs: "node-alpine" }[name];
          const tags = [`cronium/${name}:latest`, ...(runner ? [`cronium/runner:${runner}`] : [])];
          return [name, { repository: `cronium/${name}`, tags, from: digests[name] }];
        }),
      ),
    );
    assert.deepEqual(outputs.imageRefs, digests);
    const names = JSON.stringify(
      resources.map(({ type, inputs }) => ({ ...inputs, ...(type.startsWith("cronium:") && { tags: [] }) })),
    );
    assert.doesNotMatch(names, /:latest/);

    const { bash, ...lacking } = digests;
    const wrong = { ...config, "cronium:digests": JSON.stringify({ ...lacking, ruby: bash }) };
    await assert.rejects(
      runProgram(wrong),
      /cronium:digests lacks bash and has ruby, which this stack has no image for: write it with `cronium promote`/,
    );
  });

  it("takes a shared environment's engine from its caller, and from nowhere else", async () => {
    const { DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG } = process.env;
    try {
      delete process.env.DOCKER_HOST;
      delete process.env.DOCKER_CONTEXT;
      process.env.DOCKER_CONFIG = "/nowhere";
      await assert.rejects(runProgram({ "cronium:shared": "true" }), /nobody names the engine: set DOCKER_HOST/);
      process.env.DOCKER_HOST = HOST;
      const { resources } = await runProgram({ "cronium:shared": "true" });
      assert.deepEqual(inputs(resources, "pulumi:providers:cronium", "cronium"), { host: HOST });
    } finally {
      for (const [name, value] of Object.entries({ DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  it("refuses a Node.js that is too old before anything else, naming what it needs", async () => {
    const { node } = process.versions;
    Object.defineProperty(process.versions, "node", { value: "22.19.0" });
    try {
      await assert.rejects(runProgram({}), /Node\.js 22\.19\.0 is too old: this stack needs 24 or newer\./);
    } finally {
      Object.defineProperty(process.versions, "node", { value: node });
    }
  });

  it("registers nothing when a setting is wrong", async () => {
    await assert.rejects(
      runProgram({ "docker:host": HOST, "cronium:userId": "root" }),
      /cronium:userId: "root" is not valid/,
    );
  });
});

function assertResources(actual: Registered[], wanted: Registered[]): void {
  const key = ({ type, name }: Registered) => `${type} ${name}`;
  assert.deepEqual(
    actual.map(key),
    wanted.map(key).sort((a, b) => a.localeCompare(b)),
  );
  for (const resource of wanted)
    assert.deepEqual(inputs(actual, resource.type, resource.name), resource.inputs, key(resource));
}

function inputs(resources: Registered[], type: string, name: string): Record<string, unknown> {
  const found = resources.filter((resource) => resource.type === type && resource.name === name);
  assert.equal(found.length, 1, `${type} ${name}`);
  return (found[0] as Registered).inputs;
}
