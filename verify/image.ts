import { posix } from "node:path";
import type { ImageConfig } from "../docker/image";
import type { Elf } from "./elf";

/** One path of a layer or an image, as the layer's tar has it. */
export interface Entry {
  type: "file" | "dir" | "link" | "special";
  /** Permission bits with setuid, setgid and sticky. */
  mode: number;
  uid: number;
  gid: number;
  /** Seconds since 1970. */
  mtime: number;
  /** Bytes of a file. */
  size: number;
  /** A symbolic link's text. */
  target?: string;
  /** A file with capabilities (security.capability). */
  capabilities?: boolean;
  /** Of a file's bytes, in hex. */
  md5?: string;
  sha1?: string;
  sha256?: string;
  elf?: Elf;
  /** A file's bytes, up to KEPT_BYTES. */
  bytes?: Buffer;
}

/** Larger files are told by their sums and ELF headers alone. */
export const KEPT_BYTES = 1024 * 1024;

/** One layer: what it adds or changes, by absolute path, and the paths of lower layers that it hides (whiteouts). */
export interface Layer {
  /** The diff id. */
  digest: string;
  entries: Map<string, Entry>;
  hides: string[];
}

/** An image's config with the fields that the engine's documents name. */
export type Config = Omit<ImageConfig, "config" | "history"> & {
  config?: {
    User?: string;
    Env?: string[];
    Entrypoint?: string[];
    Cmd?: string[];
    WorkingDir?: string;
    Labels?: Record<string, string>;
    ExposedPorts?: Record<string, object>;
    Volumes?: Record<string, object>;
    StopSignal?: string;
    Healthcheck?: { Test?: string[] };
  };
  history?: { created?: string; created_by?: string; empty_layer?: boolean }[];
};

/** All that a check may look at without running the image: a bad image is data. */
export interface ImageContents {
  /** What the image was asked for by. */
  reference: string;
  config: Config;
  /** From the lowest up. */
  layers: Layer[];
  /** All layers on top of each other, by absolute path. */
  files: Map<string, Entry>;
}

/** Puts layers on top of each other. */
export function imageOf(reference: string, config: Config, layers: Layer[]): ImageContents {
  const files = new Map<string, Entry>();
  for (const { entries, hides } of layers) {
    for (const hidden of hides) remove(files, hidden);
    for (const [path, entry] of entries) {
      if (entry.type !== "dir" && files.get(path)?.type === "dir") remove(files, path);
      files.set(path, entry);
    }
  }
  return { reference, config, layers, files };
}

function remove(files: Map<string, Entry>, hidden: string): void {
  const inside = hidden.endsWith("/") ? hidden : `${hidden}/`;
  for (const path of [...files.keys()]) if (path === hidden || path.startsWith(inside)) files.delete(path);
}

/** A path with all links followed, and what is there; undefined where nothing is, or links go in circles. */
export function lookup({ files }: ImageContents, path: string): { path: string; entry: Entry } | undefined {
  let rest = posix.normalize(path).split("/").filter(Boolean);
  let at = "";
  for (let links = 0; rest.length > 0; ) {
    const [name = "", ...others] = rest;
    rest = others;
    if (name === "..") {
      at = posix.dirname(at || "/").replace(/^\/$/, "");
      continue;
    }
    const next = `${at}/${name}`;
    const entry = files.get(next);
    if (entry?.type === "link") {
      if (++links > 40) return undefined;
      const target = entry.target ?? "";
      if (target.startsWith("/")) at = "";
      rest = [...target.split("/").filter((part) => part !== "" && part !== "."), ...rest];
    } else {
      if (entry === undefined && rest.length === 0) return undefined;
      at = next;
    }
  }
  const entry = files.get(at);
  return entry && { path: at, entry };
}

/** A file's text, links followed; undefined where there is no file or it is too large to have been kept. */
export function textOf(image: ImageContents, path: string): string | undefined {
  return lookup(image, path)?.entry.bytes?.toString("utf8");
}

/**
 * Where others than root may put something into a folder: there, or of one that is not there in the folder that it would be
 * made in; undefined if nowhere.
 */
export function openTo(image: ImageContents, folder: string): string | undefined {
  const entry = lookup(image, folder)?.entry;
  if (!entry) return folder === "/" ? undefined : openTo(image, posix.dirname(folder));
  const { uid, gid, mode } = entry;
  return uid !== 0 || mode & 0o002 || (gid !== 0 && mode & 0o020) ? folder : undefined;
}

/** The files of an image, links and folders aside. */
export function filesOf(image: ImageContents): [path: string, entry: Entry][] {
  return [...image.files].filter(([, { type }]) => type === "file");
}

export function environmentOf({ config }: ImageContents): Record<string, string> {
  const pairs = (config.config?.Env ?? []).map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

export function labelsOf({ config }: ImageContents): Record<string, string> {
  return config.config?.Labels ?? {};
}

/** Sum of the sizes of the files in all layers, in bytes. */
export function sizeOf({ layers }: ImageContents): number {
  const sizes = layers.flatMap(({ entries }) => [...new Set(entries.values())].map(({ size }) => size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
