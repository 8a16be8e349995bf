import { breaks, type Case, change, type Given } from "../../support/policy";
import { container, idle } from "./containers";

/** Each keeps every rule. */
export const image: Given = {
  type: "cronium:index:Image",
  name: "bash",
  props: {
    context: "images/bash",
    buildArgs: { USER_ID: "1000", GROUP_ID: "1000", STRIP: "true", KEEP_SHELL: "false" },
    baseImages: { BASE: "cronium/base:sha-0123456789ab", BUILDER_ROOT: "cronium/builder-root:latest" },
    triggers: { BUILDER_ROOT: `sha256:${"2e".repeat(32)}` },
    labels: {
      "org.opencontainers.image.title": "bash",
      "org.opencontainers.image.version": "1.2.3",
      "org.opencontainers.image.licenses": "Apache-2.0",
    },
    tags: ["cronium/bash:latest", "cronium/runner:bash-alpine", "cronium/bash:sha-1f1f1f1f1f1f"],
    imageId: `sha256:${"1f".repeat(32)}`,
    ref: "cronium/bash:sha-1f1f1f1f1f1f",
    sizeBytes: 33_000_000,
    config: { user: "1000:1000", healthcheck: ["CMD", "/healthcheck"], labels: {} },
  },
};
export const builderRoot: Given = {
  type: "cronium:index:BuilderRoot",
  name: "builder-root",
  props: { source: "bootstrap", suite: "trixie" },
};
export const remoteImage: Given = {
  type: "docker:index/remoteImage:RemoteImage",
  name: "valkey",
  props: { name: `valkey/valkey:8@sha256:${"1f".repeat(32)}` },
};
const classic: Given = {
  type: "docker:index/image:Image",
  name: "classic",
  props: { imageName: "registry/classic", build: { context: "." }, registry: { server: "registry" } },
};

const args = image.props.buildArgs as Record<string, string>;
const NUMBER = "use a number from 1 to 60000 (CIS 4.1)";
const SECRET_ARG = "mount it in the RUN that needs it (RUN --mount=type=secret) (CIS 4.10)";
const OLD = "move to a release that does (NIST 4.1.1)";
const HERE =
  "make it a resource of the stack and use that resource's output, or append @sha256: and the digest (NIST 4.1.5)";

export const cases: Case[] = [
  breaks("image-user", image, { buildArgs: { ...args, USER_ID: "0" } }, `buildArgs.USER_ID is "0": ${NUMBER}`),
  breaks(
    "image-user",
    image,
    { buildArgs: { ...args, GROUP_ID: undefined } },
    `buildArgs.GROUP_ID is not set: ${NUMBER}`,
  ),
  breaks(
    "image-hardening",
    image,
    { buildArgs: { ...args, STRIP: "false" } },
    `buildArgs.STRIP is "false", not "true": set it as this rule's list has it (CIS 4.3)`,
  ),
  breaks(
    "image-base-pinned",
    image,
    { triggers: undefined },
    'baseImages.BUILDER_ROOT is "cronium/builder-root:latest": use a digest or a content tag, or add the content\'s digest to triggers under the same key (CIS 4.2)',
  ),
  breaks(
    "image-tags-allowed",
    image,
    { tags: ["cronium/bash:latest", "cronium/bash:1.2.3-dev"] },
    "tags has cronium/bash:1.2.3-dev: leave it out here, or take it off this rule's list (NIST 4.2.2)",
  ),
  breaks(
    "image-labels",
    image,
    { labels: { "org.opencontainers.image.title": "bash", "org.opencontainers.image.version": "1.2.3" } },
    "labels has no org.opencontainers.image.licenses: set it (practice)",
  ),
  breaks(
    "no-secret-build-arg",
    image,
    { buildArgs: { ...args, NPM_TOKEN: "x" } },
    `buildArgs.NPM_TOKEN is a secret by its name: ${SECRET_ARG}`,
  ),
  breaks(
    "no-secret-build-arg",
    classic,
    { build: { args: { MIRROR: "https://web:correct@mirror" } } },
    `build.args.MIRROR has a password in a URL: ${SECRET_ARG}`,
  ),
  breaks(
    "image-size-budget",
    image,
    { sizeBytes: 250_100_000 },
    "sizeBytes is 250.1 MB, more than 250 MB: leave out what made it grow, or raise its budget (CIS 4.3)",
  ),
  breaks(
    "image-runs-unprivileged",
    image,
    { config: { user: "0:1000", healthcheck: ["CMD", "true"], labels: {} } },
    'config.user is "0:1000": end its Dockerfile with a USER that is a number from 1 to 60000 (CIS 4.1)',
  ),
  breaks(
    "image-healthcheck",
    image,
    { config: { user: "1000:1000", healthcheck: [], labels: {} } },
    "config.healthcheck is []: add HEALTHCHECK to its Dockerfile, or its name to this rule's list if nothing runs it (CIS 4.6)",
  ),
  breaks(
    "builder-root-pinned",
    builderRoot,
    { source: "auto" },
    'source is "auto": use a reference by digest, or bootstrap (CIS 4.2)',
  ),
  breaks(
    "release-supported",
    builderRoot,
    { suite: "buster" },
    `suite is "buster", which had its last security update on 2024-06-30: ${OLD}`,
  ),
  breaks(
    "release-supported",
    remoteImage,
    { name: `node:16.2-slim@sha256:${"1f".repeat(32)}` },
    `name is "node:16.2-slim@sha256:${"1f".repeat(32)}", which had its last security update on 2023-09-11: ${OLD}`,
  ),
  breaks(
    "remote-image-pinned",
    remoteImage,
    { name: "valkey/valkey:8" },
    'name is "valkey/valkey:8": append @sha256: and the digest that you have checked (CIS 4.2)',
  ),
  breaks(
    "no-plain-registry-password",
    classic,
    { registry: { server: "registry", password: "correct horse" } },
    "registry.password is in plain text: make it a secret, or leave it to Docker's credential helpers: it stands in the state in plain text (NIST 4.2.3)",
  ),
  ...[image, { ...classic, name: "bash" }, { ...classic, name: "bash", type: "docker-build:index:Image" }].map(
    (built): Case => ({
      rule: "image-promoted",
      environment: "prod",
      stack: [built],
      messages: [
        "is built here: build and push it in the environment before, and name it here by its digest (NIST 4.2.2)",
      ],
    }),
  ),
  {
    rule: "images-from-here",
    stack: [
      image,
      change(container, { image: image.props.imageId }),
      change(idle, { image: `sha256:${"2f".repeat(32)}` }),
    ],
    messages: [`image is "sha256:${"2f".repeat(32)}": ${HERE}`],
  },
];
