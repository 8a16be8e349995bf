/** A reference to an image, in its parts. */
export interface Reference {
  /** Without a tag or digest. */
  repository: string;
  tag?: string;
  /** `sha256:<64 hex digits>`. */
  digest?: string;
}

export function parseReference(reference: string): Reference {
  const [name = "", digest] = reference.split("@", 2);
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1); // a colon before the last slash belongs to a registry's port
  const [repository, tag] = colon < 0 ? [name, undefined] : [name.slice(0, colon), name.slice(colon + 1)];
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** Whether it means the same image for ever: an image id, a digest, or a tag that is made from the content. */
export function isPinned(reference: string): boolean {
  if (IMAGE_ID.test(reference)) return true;
  const { tag, digest } = parseReference(reference);
  return (digest !== undefined && IMAGE_ID.test(digest)) || CONTENT_TAG.test(tag ?? "");
}

const IMAGE_ID = /^sha256:[0-9a-f]{64}$/;

/** The content tags of `cronium:index:Image`. */
const CONTENT_TAG = /^sha-[0-9a-f]{12}$/;
