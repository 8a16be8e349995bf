import { z } from "zod";

/** A property's value: its text, JSON unless it is a string; or why there is none. */
export type Value = z.infer<typeof VALUE>;
export type PropertyChange = z.infer<typeof PROPERTY>;
export type Change = z.infer<typeof CHANGE>;
export type Layer = z.infer<typeof LAYER>;
export type Package = z.infer<typeof PACKAGE>;
/** An image of which it is known what it holds. */
export type Measured = z.infer<typeof MEASURED>;
export type ImageChange = z.infer<typeof IMAGE>;
export type PackageChange = z.infer<typeof PACKAGE_CHANGE>;
export type Violation = z.infer<typeof VIOLATION>;
export type Verification = z.infer<typeof VERIFICATION>;
export type Timing = z.infer<typeof TIMING>;
export type Problem = z.infer<typeof PROBLEM>;
export type Report = z.infer<typeof REPORT>;

const VALUE = z.discriminatedUnion("is", [
  z.object({ is: z.literal("value"), text: z.string() }),
  z.object({ is: z.literal("secret") }).describe("its text is nowhere in a report"),
  z.object({ is: z.literal("unknown") }).describe("known at up"),
  z.object({ is: z.literal("absent") }),
]);

const PROPERTY = z.object({
  path: z.string().describe("as Pulumi writes it: labels[0].value"),
  kind: z.enum(["add", "delete", "update"]),
  replaces: z.boolean().describe("the resource is replaced because of it"),
  before: VALUE,
  after: VALUE,
  follows: z.string().optional().describe("the name of the changed resource that the value comes from"),
});

const CHANGE = z.object({
  urn: z.string(),
  name: z.string(),
  type: z.string(),
  op: z.enum(["create", "update", "replace", "delete", "read", "import", "refresh"]),
  failed: z.boolean(),
  protected: z.boolean(),
  losesData: z.boolean().describe("a volume that is deleted or replaced: what is in it is gone"),
  properties: z.array(PROPERTY),
});

const LAYER = z.object({ digest: z.string().describe("the diff id"), sizeBytes: z.number() });

const PACKAGE = z.object({
  type: z.string().describe("deb, pypi or npm"),
  name: z.string(),
  version: z.string(),
  sizeBytes: z.number().optional().describe("sum of its files' sizes"),
});

const MEASURED = z.object({
  reference: z.string().optional(),
  sizeBytes: z.number().describe("sum of the sizes of the files in all layers"),
  layers: z.array(LAYER).describe("from the lowest up"),
  packages: z.array(PACKAGE).optional().describe("absent when nobody looked"),
  otherBytes: z.number().optional().describe("of files that no package accounts for"),
});

const PACKAGE_CHANGE = z.object({
  kind: z.enum(["added", "removed", "changed"]),
  type: z.string(),
  name: z.string(),
  before: z.string().optional().describe("version"),
  after: z.string().optional().describe("version"),
});

const IMAGE = z.object({
  urn: z.string(),
  name: z.string(),
  op: z.enum(["same", "create", "update", "replace", "delete"]),
  intermediate: z.boolean().describe("it has no tag but its content's: others are built with it"),
  from: z.string().optional().describe("the reference by digest that it is pulled by, if it is not built here"),
  files: z.array(z.object({ path: z.string(), kind: z.enum(["add", "delete", "update"]) })).describe("of the context"),
  before: MEASURED.optional(),
  after: MEASURED.optional(),
  notBuilt: z.string().optional().describe("why it is not known what the new image holds"),
  packages: z.array(PACKAGE_CHANGE).optional().describe("absent when the packages of either are not known"),
});

const VIOLATION = z.object({
  policy: z.string(),
  pack: z.string(),
  level: z.string().describe("mandatory, advisory, ..."),
  severity: z.string().optional(),
  urn: z.string().optional(),
  resource: z.string().optional(),
  rule: z.string().describe("what the rule wants"),
  message: z.string().describe("what is wrong, and the remedy"),
  location: z
    .object({ file: z.string(), line: z.number() })
    .optional()
    .describe("where the program or the Dockerfile makes the resource"),
});

const VERIFICATION = z.object({
  image: z.string(),
  passed: z.number(),
  notApplicable: z.number(),
  failed: z.array(
    z.object({ check: z.string(), proves: z.string(), source: z.string(), evidence: z.array(z.string()) }),
  ),
});

const NEWER = z.object({
  time: z.string().describe("when the archive was asked, ISO 8601"),
  packages: z.array(
    z.object({
      image: z.string(),
      name: z.string(),
      installed: z.string().describe("version"),
      offered: z.string().describe("version"),
      security: z.boolean().describe("a security fix"),
    }),
  ),
});

const TIMING = z.object({ name: z.string(), what: z.string(), seconds: z.number() });

const PROBLEM = z.object({
  severity: z.enum(["error", "warning"]),
  resource: z.string().optional(),
  message: z.string(),
});

/** What report.json holds. A field is never renamed or removed without a new `version`. */
export const REPORT = z.object({
  $schema: z.string(),
  version: z.literal(1),
  project: z.string(),
  stack: z.string(),
  operation: z.enum(["preview", "up"]),
  applied: z
    .boolean()
    .describe("false when nothing was changed: a preview, or an up that was declined or stopped before"),
  outcome: z.enum(["unchanged", "changed", "blocked", "failed", "interrupted"]),
  status: z.number().describe("Pulumi's exit status"),
  time: z.string().describe("when it began, ISO 8601"),
  seconds: z.number().describe("how long Pulumi took"),
  changes: z.array(CHANGE),
  unchanged: z.number(),
  outputs: z.array(PROPERTY).describe("of the stack"),
  images: z.array(IMAGE),
  policies: z.object({
    packs: z.array(z.object({ name: z.string(), version: z.string() })),
    passed: z.number().describe("rules that nothing violates"),
    violations: z.array(VIOLATION),
    deferred: z
      .array(z.object({ policy: z.string(), pack: z.string(), message: z.string() }))
      .describe("rules that need a value which a preview does not know: up checks them"),
  }),
  verification: z.array(VERIFICATION).optional().describe("absent when no image was verified"),
  newer: NEWER.optional().describe(
    "what the archive had newer than the images of before, as cronium outdated found it last: nothing here changes for it",
  ),
  problems: z.array(PROBLEM).describe("errors and warnings of Pulumi, the program and the providers"),
  timings: z.array(TIMING).describe("the longest first"),
});

/** The JSON schema of report.json. */
export function reportSchema(): object {
  return z.toJSONSchema(REPORT, { target: "draft-2020-12" });
}
