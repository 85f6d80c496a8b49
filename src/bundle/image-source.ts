// Image source: the images that `predict` takes in Node, as a decoder takes them.
import { fileURLToPath } from "node:url";
import { PictureError } from "../data/decode/decode.js";

/** What sharp's instances have, so that one is recognised without loading sharp. */
interface SharpLike {
  clone(): SharpLike;
  png(): SharpLike;
  toBuffer(): Promise<Uint8Array>;
}

/** An image: a path, an address (file:, http: or https:), a file's content, or a sharp pipeline. */
export type ImageContent = string | URL | Uint8Array | ArrayBuffer | Blob | SharpLike;

/** An image, or one with the name that its prediction shall have. */
export type ImageSource = ImageContent | { readonly image: ImageContent; readonly name: string };

/** An image as its prediction names it; undefined where it has no name. */
export function nameOf(source: ImageSource): string | undefined {
  if (isNamed(source)) return source.name;
  if (typeof source === "string") return source;
  if (source instanceof URL) return source.href;
  // Node's own File is global only from version 20 on, and other libraries have theirs.
  return source instanceof Blob && "name" in source ? String(source.name) : undefined;
}

/**
 * A path, or a file's content.
 * @throws PictureError if the address doesn't answer, or the pipeline fails
 */
export async function contentOf(source: ImageSource, signal?: AbortSignal): Promise<string | Uint8Array> {
  const image = isNamed(source) ? source.image : source;
  if (typeof image === "string" || image instanceof Uint8Array) return image;
  if (image instanceof ArrayBuffer) return new Uint8Array(image);
  if (image instanceof Blob) return new Uint8Array(await image.arrayBuffer());
  if (image instanceof URL) return image.protocol === "file:" ? fileURLToPath(image) : fetched(image, signal);
  try {
    return await image.clone().png().toBuffer();
  } catch (error) {
    throw new PictureError(new Uint8Array(), "damaged", `sharp cannot make it: ${messageOf(error)}`);
  }
}

async function fetched(address: URL, signal: AbortSignal | undefined): Promise<Uint8Array> {
  let answer: Response;
  try {
    answer = await fetch(address, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause ? error.cause : error;
    throw new PictureError(address.href, "missing", `its address does not answer: ${messageOf(cause)}`);
  }
  if (!answer.ok)
    throw new PictureError(
      address.href,
      "missing",
      `its address answers ${answer.status} ${answer.statusText}`.trimEnd(),
    );
  return new Uint8Array(await answer.arrayBuffer());
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function isNamed(source: ImageSource): source is Exclude<ImageSource, ImageContent> {
  return typeof source === "object" && "image" in source && "name" in source;
}

/** Whether this is one image, not a list or a stream of them. */
export function isOne(images: unknown): images is ImageSource {
  if (typeof images !== "object" || images === null) return true;
  // A typed array and a sharp pipeline can be iterated over too.
  if (images instanceof Uint8Array || ("clone" in images && "png" in images)) return true;
  return !(Symbol.iterator in images || Symbol.asyncIterator in images);
}
