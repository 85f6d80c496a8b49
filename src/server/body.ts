// Body: the images that a request carries, as a form or as its bytes.
import type { Readable } from "node:stream";
import { filesOf, type Upload } from "./form.js";
import { gone, Refusal } from "./refusal.js";

export interface Body {
  readonly content: Readable;
  /** The headers Content-Type ("" if missing) and Content-Length (0 if missing). */
  readonly type: string;
  readonly length: number;
}

export interface BodyLimits {
  readonly maxBytes: number;
  readonly maxPictures: number;
  /** Called before bytes are kept; throws if there is no room for them. */
  hold(bytes: number): void;
}

/**
 * Reads the images of a request: the files of a form (multipart/form-data), or else its whole body.
 * Rejects with the signal's reason when the signal aborts.
 * @throws Refusal for a body that is too large, empty or malformed, and for too many images; what `hold` throws
 */
export async function readPictures(body: Body, limits: BodyLimits, signal: AbortSignal): Promise<Upload[]> {
  const bytes = await readBody(body, limits, signal);
  if (!/^multipart\/form-data\b/i.test(body.type)) {
    if (bytes.length === 0) throw new Refusal("no_image", `The request has no body. ${HOW}`);
    return [{ name: "picture 1", bytes }];
  }
  const pictures = filesOf(bytes, body.type, limits.maxPictures);
  if (pictures.length === 0) throw new Refusal("no_image", `The form has no file. ${HOW}`);
  return pictures;
}

const HOW = "Send the bytes of an image, or a form (multipart/form-data) with one or more files.";

function readBody(
  { content, length: announced }: Body,
  { maxBytes, hold }: BodyLimits,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = () => {
      content.off("data", take).off("end", end).off("error", broken);
      signal.removeEventListener("abort", abort);
    };
    const fail = (error: unknown) => {
      stop();
      reject(error);
    };
    const abort = () => fail(signal.reason);
    const broken = () => fail(gone());
    const end = () => {
      stop();
      resolve(Buffer.concat(chunks, length));
    };
    const tooLarge = () =>
      fail(new Refusal("too_large", `The body is larger than the ${maxBytes / 1e6} MB allowed.`));
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) return tooLarge();
      try {
        hold(chunk.length);
      } catch (error) {
        return fail(error);
      }
      chunks.push(chunk);
    };
    if (signal.aborted) return abort();
    if (announced > maxBytes) return tooLarge();
    signal.addEventListener("abort", abort);
    content.on("data", take).on("end", end).on("error", broken);
  });
}
