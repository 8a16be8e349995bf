import type { ImageChange, Measured } from "./model";
import { bytes, clip, difference, escapeHtml as h } from "./text";

/** Packages that a picture has room for; the rest is one bar. */
const SHOWN = 12;
const [WIDTH, LABEL, ROW, BAR] = [960, 220, 24, 16];

/**
 * Sizes of the changed images before and after, by layer, at one scale: a layer that is in both is grey, one that goes away
 * or comes is told by colour, outline and its tooltip. Empty if no image changes.
 */
export function sizePicture(images: readonly ImageChange[]): string {
  const changed = images.filter(({ op, before, after }) => op !== "same" && (before ?? after));
  if (changed.length === 0) return "";
  const largest = Math.max(
    ...changed.flatMap(({ before, after }) => [before?.sizeBytes ?? 0, after?.sizeBytes ?? 0]),
    1,
  );
  const scale = (size: number) => (size / largest) * (WIDTH - LABEL - 130);
  let y = 0;
  const rows = changed.flatMap((image) => {
    const lines = [row(image, "before"), row(image, "after")];
    y += 8;
    return lines;
  });
  return figure("size-picture", "Sizes by layer, before and after", describe(changed), y, rows.join("\n"), LEGEND);

  function row(image: ImageChange, side: "before" | "after"): string {
    const measured = image[side];
    const other = new Set(image[side === "before" ? "after" : "before"]?.layers.map(({ digest }) => digest));
    const top = y;
    y += ROW;
    const label = `<text class="label" x="${LABEL - 8}" y="${top + 13}">${h(clip(image.name, 18))} ${side}</text>`;
    if (!measured) {
      const none = side === "before" ? "none" : image.op === "delete" ? "deleted" : "not built";
      return `${label}<text x="${LABEL}" y="${top + 13}">${none}</text>`;
    }
    let x = LABEL;
    const segments = measured.layers.map(({ digest, sizeBytes }, index) => {
      const kind =
        other.has(digest) || !image[side === "before" ? "after" : "before"]
          ? "same"
          : side === "before"
            ? "gone"
            : "new";
      const segment = `<rect class="${kind}" x="${x.toFixed(1)}" y="${top}" width="${Math.max(scale(sizeBytes), 1).toFixed(1)}" height="${BAR}"><title>layer ${index + 1}, ${bytes(sizeBytes)}, ${WORDS[kind]}</title></rect>`;
      x += scale(sizeBytes);
      return segment;
    });
    return `${label}${segments.join("")}<text x="${(x + 8).toFixed(1)}" y="${top + 13}">${bytes(measured.sizeBytes)}</text>`;
  }
}

/** The largest packages of an image, before and after. Empty where sizes are not known. */
export function packagePicture({ name, before, after }: ImageChange): string {
  const [old, now] = [sizesOf(before), sizesOf(after)];
  if (!old || !now) return "";
  const size = (key: string) => Math.max(old.get(key) ?? 0, now.get(key) ?? 0);
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort((a, b) => size(b) - size(a));
  // Those that change are what the picture is for.
  const moved = keys.filter((key) => old.get(key) !== now.get(key));
  const shown = [...new Set([...moved.slice(0, SHOWN), ...keys])].slice(0, SHOWN).sort((a, b) => size(b) - size(a));
  if (shown.length === 0) return "";
  const scale = (value: number) => (value / Math.max(size(shown[0] as string), 1)) * (WIDTH - LABEL - 170);
  const rows = shown.map((key, index) => {
    const top = index * ROW;
    const [was, is] = [old.get(key) ?? 0, now.get(key) ?? 0];
    const bars =
      was === is
        ? `<rect class="same" x="${LABEL}" y="${top}" width="${Math.max(scale(is), 1).toFixed(1)}" height="${BAR}"/>`
        : `<rect class="gone" x="${LABEL}" y="${top}" width="${scale(was).toFixed(1)}" height="${BAR / 2}"/>` +
          `<rect class="new" x="${LABEL}" y="${top + BAR / 2}" width="${scale(is).toFixed(1)}" height="${BAR / 2}"/>`;
    const text = was === is ? bytes(is) : `${bytes(is)} (${difference(was, is).replace(/ \(.*/, "")})`;
    return `<text class="label" x="${LABEL - 8}" y="${top + 13}">${h(clip(key, 26))}</text>${bars}<text x="${(LABEL + 8 + scale(size(key))).toFixed(1)}" y="${top + 13}">${text}</text>`;
  });
  const words = shown.map((key) => `${key} ${bytes(old.get(key) ?? 0)} to ${bytes(now.get(key) ?? 0)}`).join("; ");
  const id = `packages-${name.replace(/\W/g, "-")}`;
  return figure(
    id,
    `Largest packages of ${name}, before and after`,
    words,
    shown.length * ROW,
    rows.join("\n"),
    LEGEND,
  );
}

const WORDS = { same: "in both", gone: "only before", new: "only after" } as const;

const LEGEND = (["same", "gone", "new"] as const)
  .map(
    (kind) =>
      `<span><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="${kind}" width="12" height="12"/></svg> ${WORDS[kind]}</span>`,
  )
  .join(" ");

function describe(images: readonly ImageChange[]): string {
  const text = (measured: Measured | undefined) => (measured ? bytes(measured.sizeBytes) : "not known");
  return images.map(({ name, before, after }) => `${name}: ${text(before)} before, ${text(after)} after`).join("; ");
}

function figure(id: string, title: string, description: string, height: number, rows: string, legend: string): string {
  return `<figure><figcaption>${h(title)}. ${legend}</figcaption><div class="scroll" role="region" aria-label="${h(title)}" tabindex="0"><svg class="picture" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${h(id)}-title ${h(id)}-text"><title id="${h(id)}-title">${h(title)}</title><desc id="${h(id)}-text">${h(description)}</desc>
${rows}
</svg></div></figure>`;
}

function sizesOf(measured: Measured | undefined): Map<string, number> | undefined {
  const packages = measured?.packages?.filter(({ sizeBytes }) => sizeBytes !== undefined);
  if (!packages || packages.length === 0) return undefined;
  const sizes = new Map<string, number>();
  for (const { name, sizeBytes = 0 } of packages) sizes.set(name, (sizes.get(name) ?? 0) + sizeBytes);
  if (measured?.otherBytes) sizes.set("files of no package", measured.otherBytes);
  return sizes;
}
