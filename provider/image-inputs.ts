import { existsSync } from "node:fs";
import { join } from "node:path";
import { hashContext, listContext } from "../docker/context";
import { isReference } from "../docker/tags";
import { checkFields, type Failure, type FieldType } from "./fields";
import { isUnknown, type Properties, UNKNOWN } from "./properties";
import type { Checked } from "./resource";

/** The inputs of an image after Check: it is built from a context, or comes from a registry. */
export interface ImageInputs {
  /** Folder, relative to the project. */
  context?: string;
  /** Relative to the context. */
  dockerfile?: string;
  target?: string;
  buildArgs?: Record<string, string>;
  /** Build args that name images of the engine. */
  baseImages?: Record<string, string>;
  labels?: Record<string, string>;
  /** A change builds again; reaches nothing in the image. */
  triggers?: Record<string, string>;
  /** What decides whether to build again: see hashContext. */
  files?: Record<string, string>;
  /** The repository of a registry that gets what was built, under its content tag. */
  push?: string;
  /** Instead of all the above: the image to pull, `repository@digest`. */
  from?: string;
  repository: string;
  tags: string[];
  platform?: string;
}

/** Checks an image's inputs, fills in defaults and hashes the context. */
export async function checkImage(news: Properties): Promise<Checked> {
  const built = news.from === undefined;
  const tags = Array.isArray(news.tags) ? [...new Set(news.tags)].sort() : (news.tags ?? []);
  const inputs: Properties = { ...news, tags, ...(built && { dockerfile: news.dockerfile || "Dockerfile" }) };
  const failures = [...checkFields(FIELDS, news), ...checkSource(inputs), ...checkNames(inputs)];
  if (failures.length > 0) return { failures, inputs: {} };
  if (!built) return { failures, inputs: { tags } };
  return { failures, inputs: { tags, dockerfile: inputs.dockerfile, files: await hashFiles(inputs) } };
}

const FIELDS: Record<string, FieldType> = {
  context: "string?",
  dockerfile: "string?",
  target: "string?",
  buildArgs: "map?",
  baseImages: "map?",
  labels: "map?",
  triggers: "map?",
  push: "string?",
  from: "string?",
  repository: "string",
  tags: "list?",
  platform: "string?",
};

/** Inputs of a build, which an image from a registry cannot have. */
const OF_A_BUILD = ["context", "dockerfile", "target", "buildArgs", "baseImages", "labels", "triggers", "push"];
const BY_DIGEST = /^(.+)@sha256:[0-9a-f]{64}$/;

function checkSource({ from, context, dockerfile, push, buildArgs, baseImages, ...others }: Properties): Failure[] {
  if (from !== undefined) {
    const given = { context, dockerfile, push, buildArgs, baseImages, ...others } as Properties;
    const failures = OF_A_BUILD.filter((key) => given[key] !== undefined).map((property) => ({
      property,
      reason: `"${property}" belongs to a build, and "from" takes an image as it is: remove one of them`,
    }));
    const repository = BY_DIGEST.exec(String(from))?.[1];
    if (isUnknown(from) || (repository && isReference(`${repository}:latest`))) return failures;
    return [...failures, { property: "from", reason: `from "${from}" must be repository@sha256:<64 hex digits>` }];
  }
  const failures: Failure[] = [];
  const fail = (property: string, reason: string) => failures.push({ property, reason });
  if (context === undefined) {
    fail("context", '"context" is missing: set it to a folder to build, or "from" to an image of a registry');
  } else if (typeof context === "string" && !isUnknown(context)) {
    if (!existsSync(context))
      fail("context", `context "${context}" is not there: name a folder, relative to Pulumi.yaml`);
    else if (typeof dockerfile === "string" && !isUnknown(dockerfile) && !existsSync(join(context, dockerfile))) {
      fail(
        "dockerfile",
        `there is no ${dockerfile} in context "${context}": name one that is, relative to the context`,
      );
    }
  }
  for (const name of Object.keys(baseImages ?? {})) {
    if (name in ((buildArgs as object) ?? {}))
      fail("baseImages", `"${name}" is in buildArgs too: leave it in one of them`);
  }
  return failures;
}

function checkNames({ repository, tags, push }: Properties): Failure[] {
  const failures: Failure[] = [];
  for (const [property, name] of Object.entries({ repository, push })) {
    if (typeof name !== "string" || isUnknown(name) || isReference(`${name}:latest`)) continue;
    const reason = `${property} "${name}" is no image name: use lower-case letters, digits and . _ - /`;
    failures.push({ property, reason });
  }
  for (const tag of Array.isArray(tags) ? tags : []) {
    if (isUnknown(tag) || isReference(String(tag))) continue;
    failures.push({ property: "tags", reason: `tag "${tag}" is no reference: use repository:tag` });
  }
  return failures;
}

async function hashFiles({ context, dockerfile }: Properties): Promise<unknown> {
  if (isUnknown(context) || isUnknown(dockerfile)) return UNKNOWN;
  return await hashContext(context as string, await listContext(context as string, dockerfile as string));
}
