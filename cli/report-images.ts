import { type Docker, unreachable } from "../docker/client";
import { readImageContent } from "../docker/image";
import { imageIdOf } from "../docker/tags";
import type { RootInputs } from "../provider/builder-root";
import type { State } from "../report/events";
import { comparePackages } from "../report/images";
import type { ImageChange, Measured, Report, Verification } from "../report/model";
import { sortTimings } from "../report/report";
import type { ResourceSteps } from "../report/steps";
import { isUnknown } from "../report/value";
import { lockedContainers } from "../verify/containers";
import { readImage } from "../verify/read";
import { verifyContents } from "../verify/verify";
import { say } from "./errors";
import { engineOf } from "./outputs";
import { Builds } from "./report-builds";
import { measure } from "./report-contents";
import { plainSetting, readSettings } from "./settings";
import { plainName } from "./stacks";

/** How the images of a report are looked at. */
interface Options {
  root: string;
  stack: string;
  /** False with --no-build. */
  build: boolean;
}

/**
 * Fills in what only the engine knows: what changed images held and hold, and whether the new ones keep what is promised. What
 * a preview leaves to up is built for that, under no tag, and removed again; a part that is not built says so.
 */
export async function complete(report: Report, resources: readonly ResourceSteps[], options: Options): Promise<Report> {
  const changed = report.images.filter(({ op }) => op !== "same" && op !== "delete");
  if (changed.length === 0 || report.outcome === "failed" || report.outcome === "interrupted") return report;
  if (!report.applied && !options.build) return withReason(report, "not built: --no-build");
  const { docker, at } = await engineOf(options.stack);
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Error("interrupted"));
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, onSignal);
  const extraCa = plainSetting(readSettings(options.root, plainName(options.stack)), "cronium:extraCa");
  const made = new Builds(docker, { root: options.root, extraCa }, stop.signal);
  try {
    await made.noteImages();
    const inputs = new Map(resources.map(({ urn, old, new: now }) => [urn, { old, now }]));
    // Where nothing that goes into an image changed, as when a tag went missing, what it holds is known.
    const unknown = changed.filter(({ after }) => !after);
    if (!report.applied && unknown.length > 0) {
      say(`building ${unknown.length} changed images to see what they hold; --no-build leaves that out`);
      for (const { type, new: now } of resources) {
        if (type === ROOT_TYPE && isMade(now)) made.startRoot(now?.inputs as unknown as RootInputs);
      }
      for (const { urn, name } of unknown) {
        const { old, now } = inputs.get(urn) ?? {};
        const references = [old?.outputs.ref, old?.outputs.contentTag].filter((one) => one !== undefined);
        made.start({ name, references, old: old?.inputs ?? {}, now: now?.inputs ?? {} });
      }
    }
    const images: ImageChange[] = [];
    const verification: Verification[] = [];
    for (const image of report.images) {
      if (!changed.includes(image)) {
        images.push(image);
        continue;
      }
      const whole = await lookAt(docker, image, made);
      images.push(whole.image);
      if (whole.contents && !stop.signal.aborted) {
        const containers = lockedContainers(docker, whole.contents.reference);
        verification.push(asVerification(image.name, await verifyContents(whole.contents, containers)));
      }
    }
    const timings = sortTimings([...report.timings, ...made.timings]);
    return { ...report, images, timings, ...(verification.length > 0 && { verification }) };
  } catch (error) {
    const message = `the images were not looked at: ${unreachable(error, at).message}`;
    return { ...withReason(report, "not built"), problems: [...report.problems, { severity: "warning", message }] };
  } finally {
    await made.remove();
    for (const signal of signals) process.off(signal, onSignal);
  }
}

const ROOT_TYPE = "cronium:index:BuilderRoot";

/** Whether up makes a builder's root: a preview does not know which image that will be. */
function isMade(root: State | undefined): boolean {
  return isUnknown(root?.outputs.imageId);
}

async function lookAt(docker: Docker, image: ImageChange, builds: Builds) {
  const { notBuilt: _, ...rest } = image;
  const before = image.before && (image.intermediate ? image.before : await measureIfThere(docker, image.before));
  let contents: Awaited<ReturnType<typeof readImage>>;
  try {
    const reference = image.after ? image.after.reference : await builds.result(image.name);
    if (reference === undefined) return { image: { ...image, before } };
    // What images are built with promises nothing; only its size is told.
    if (image.intermediate) {
      const { sizeBytes, layers } = await readImageContent(docker, reference);
      return { image: { ...rest, before, after: { ...image.after, sizeBytes, layers } } };
    }
    contents = await readImage(docker, reference);
  } catch (error) {
    if (image.after) return { image: { ...image, before } };
    return { image: { ...rest, before, notBuilt: `not built: ${(error as Error).message}` } };
  }
  const { reference: __, ...measured } = measure(contents);
  const after = { ...measured, ...(image.after && { reference: image.after.reference }) };
  const known = image.before === undefined || before?.packages;
  const packages = known && comparePackages(before?.packages ?? [], after.packages ?? []);
  return { image: { ...rest, before, after, ...(packages && { packages }) }, contents };
}

/** What the image before held, if the engine still has it. */
async function measureIfThere(docker: Docker, before: Measured): Promise<Measured> {
  if (before.reference === undefined || !(await imageIdOf(docker, before.reference))) return before;
  return { ...measure(await readImage(docker, before.reference)), ...before };
}

function withReason(report: Report, reason: string): Report {
  const images = report.images.map((image) => (image.notBuilt === undefined ? image : { ...image, notBuilt: reason }));
  return { ...report, images };
}

function asVerification(image: string, { results }: Awaited<ReturnType<typeof verifyContents>>): Verification {
  const count = (status: string) => results.filter(({ verdict }) => verdict.status === status).length;
  return {
    image,
    passed: count("pass"),
    notApplicable: count("none"),
    failed: results.flatMap(({ check: { id, proves, source }, verdict: { status, evidence } }) =>
      status === "fail" ? [{ check: id, proves, source, evidence }] : [],
    ),
  };
}
