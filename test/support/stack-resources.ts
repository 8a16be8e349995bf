import { hostname, userInfo } from "node:os";
import { seccompOption } from "../../docker/seccomp";
import { version } from "../../package.json";
import { RESULT, type Registered } from "./mocks";

/** The engine's address in the settings of a test. */
export const HOST = "unix:///run/test-docker.sock";

/** A secret's file, as a container is given it. */
export function upload(file: string, content: string): Record<string, string> {
  return { file: `/run/secrets/${file}`, content, permissions: "0444" };
}

/** All that the program registers with no setting but the engine's address and a namespace ("" for none), with all inputs. */
export function expected(namespace: string): Registered[] {
  const repository = (name: string) => (namespace ? `${namespace}/cronium/${name}` : `cronium/${name}`);
  const object = (name: string) => (namespace ? `${namespace}-${name}` : name);
  const resource = (type: string, name: string, inputs: Record<string, unknown> = {}) => ({ type, name, inputs });

  const image = (name: string, from: string[], more: Record<string, unknown> = {}) =>
    resource("cronium:index:Image", name, {
      context: `images/${name}`,
      repository: repository(name),
      tags: [`${repository(name)}:latest`],
      baseImages: Object.fromEntries(from.map((base) => [base.toUpperCase(), `${repository(base)}:sha-${base}`])),
      buildArgs: { USER_ID: "1000", GROUP_ID: "1000", STRIP: "true", KEEP_SHELL: "true", EXTRA_PACKAGES: "" },
      labels: {
        "org.opencontainers.image.title": `cronium/${name}`,
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.licenses": "Apache-2.0",
      },
      ...more,
    });
  const tags = (name: string, runner: string) => ({
    tags: [`${repository(name)}:latest`, `${repository("runner")}:${runner}`],
  });
  const images = [
    image("builder", [], {
      context: "images/base",
      target: "builder",
      tags: [],
      baseImages: { BUILDER_ROOT: `${repository("builder-root")}:latest` },
      triggers: { BUILDER_ROOT: "sha256:content-builder-root" },
    }),
    image("base", ["builder"]),
    image("node", ["builder", "base"], { context: "images/nodejs", target: "node", tags: [] }),
    image("bash", ["builder", "base"], tags("bash", "bash-alpine")),
    image("python", ["builder", "base"], tags("python", "python-alpine")),
    image("nodejs", ["builder", "base"], tags("nodejs", "node-alpine")),
    image("runtime-api", ["builder", "node"]),
    image("valkey", ["builder", "base"]),
  ];

  const container = {
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges"],
    memory: 256,
    memorySwap: 256,
    cpus: "0.5",
    logDriver: "json-file",
    logOpts: { "max-file": "3", "max-size": "10m" },
  };
  return [
    resource("pulumi:providers:cronium", "cronium", { host: HOST }),
    resource("pulumi:providers:docker", "docker", { host: HOST }),
    resource("cronium:index:Namespace", "namespace", {
      name: namespace,
      stack: "organization/cronium/unit",
      owner: `${userInfo().username}@${hostname()}, state in ${process.env.PULUMI_BACKEND_URL ?? "the backend of 'pulumi whoami -v'"}`,
      volume: object("cronium-namespace"),
      tags: [
        ...["base", "bash", "builder-root", "nodejs", "python", "runtime-api", "valkey"].map(
          (name) => `${repository(name)}:latest`,
        ),
        ...["bash-alpine", "node-alpine", "python-alpine"].map((tag) => `${repository("runner")}:${tag}`),
      ].sort(),
      containers: ["cronium-valkey", "cronium-valkey-secret", "runtime-api", "runtime-api-secret"].map(object),
      networks: ["cronium-cache", "cronium-egress", "cronium-jobs"].map(object),
      volumes: ["cronium-valkey-secret", "runtime-api-data", "runtime-api-secret"].map(object),
    }),
    resource("cronium:index:RuntimeImages", "images"),
    resource("cronium:index:BuilderRoot", "builder-root", {
      repository: repository("builder-root"),
      source: "bootstrap",
      suite: "trixie",
    }),
    ...images,
    ...images.map(({ name }) => resource("cronium:index:RuntimeImage", name)),
    resource("cronium:index:RuntimeNetwork", "network"),
    resource("docker:index/network:Network", "jobs", {
      name: object("cronium-jobs"),
      driver: "bridge",
      internal: true,
      options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
    }),
    resource("docker:index/network:Network", "egress", {
      name: object("cronium-egress"),
      driver: "bridge",
      options: { "com.docker.network.bridge.enable_icc": "false" },
    }),
    resource("cronium:index:RuntimeApi", "runtime-api"),
    resource("random:index/randomPassword:RandomPassword", "runtime-api-secret", { length: 64, special: false }),
    resource("docker:index/volume:Volume", "runtime-api-data", { name: object("runtime-api-data") }),
    resource("docker:index/volume:Volume", "runtime-api-secret", { name: object("runtime-api-secret") }),
    resource("docker:index/container:Container", "runtime-api-secret", {
      ...container,
      name: object("runtime-api-secret"),
      image: "sha256:base",
      command: ["secret"],
      start: false,
      mustRun: false,
      networkMode: "none",
      mounts: [{ type: "volume", source: object("runtime-api-secret"), target: "/run/secrets/cronium" }],
      uploads: { secret: [upload("cronium/jwt-secret", RESULT), upload("cronium/jwt-secret-previous", "\n")] },
    }),
    resource("docker:index/container:Container", "runtime-api", {
      ...container,
      securityOpts: ["no-new-privileges", seccompOption(process.cwd(), "runtime-api")],
      name: object("runtime-api"),
      image: "sha256:runtime-api",
      user: "1000:1000",
      envs: [
        "DATA_DIR=/data",
        "JWT_SECRET_FILE=/run/secrets/cronium/jwt-secret",
        "JWT_SECRET_PREVIOUS_FILE=/run/secrets/cronium/jwt-secret-previous",
        "LOG_LEVEL=info",
        "PORT=8081",
        "RATE_LIMIT_PER_MIN=1000",
        "RETENTION=7d",
      ],
      readOnly: true,
      tmpfs: { "/tmp": "rw,nosuid,nodev,noexec,size=50m,mode=1777" },
      mounts: [
        { type: "volume", source: object("runtime-api-data"), target: "/data" },
        { type: "volume", source: object("runtime-api-secret"), target: "/run/secrets/cronium", readOnly: true },
      ],
      networksAdvanced: [
        { name: object("cronium-jobs"), aliases: ["runtime", "runtime-api"] },
        { name: object("cronium-egress") },
      ],
      restart: "unless-stopped",
      destroyGraceSeconds: 5,
      healthcheck: {
        tests: ["CMD", "/usr/local/bin/wget", "-q", "-O-", "http://localhost:8081/health"],
        interval: "5s",
        timeout: "3s",
        startPeriod: "5s",
        retries: 3,
      },
      wait: true,
      waitTimeout: 60,
    }),
  ];
}
