// Body: the pictures that a request brings, as a form or as its bytes.
import type { IncomingMessage } from "node:http";
import { Busboy } from "@fastify/busboy";
import { gone, Refusal } from "./refusal.js";

export interface Upload {
  /** The file's name as the client tells it, or its number in the request. */
  readonly name: string;
  /** The file's content. */
  readonly bytes: Uint8Array;
}

export interface BodyLimits {
  readonly maxBytes: number;
  readonly maxPictures: number;
  /** Told of bytes before they are kept; throws if there is no room for them. */
  hold(bytes: number): void;
}

/**
 * The pictures of a request: the files of a form (multipart/form-data), or else its whole body.
 * Rejects with the signal's reason when the signal aborts.
 * @throws Refusal for a body that is too large, empty or no form, and for too many pictures; what `hold` throws
 */
export async function readPictures(
  incoming: IncomingMessage,
  limits: BodyLimits,
  signal: AbortSignal,
): Promise<Upload[]> {
  const type = incoming.headers["content-type"] ?? "";
  const body = await readBody(incoming, limits, signal);
  if (!/^multipart\/form-data\b/i.test(type)) {
    if (body.length === 0) throw new Refusal(400, `The request has no body. ${HOW}`);
    return [{ name: "picture 1", bytes: body }];
  }
  const pictures = await readForm(body, type, limits.maxPictures);
  if (pictures.length === 0) throw new Refusal(400, `The form has no file. ${HOW}`);
  return pictures;
}

const HOW = "Send a picture's bytes, or a form (multipart/form-data) with a file or several.";

function readBody(
  incoming: IncomingMessage,
  { maxBytes, hold }: BodyLimits,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = () => {
      incoming.off("data", take).off("end", end).off("error", broken);
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
      fail(new Refusal(413, `The request's body is larger than the ${maxBytes / 1e6} MB that are allowed.`));
    const told = Number(incoming.headers["content-length"] ?? 0);
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) return tooLarge();
      try {
        if (told === 0) hold(chunk.length);
      } catch (error) {
        return fail(error);
      }
      chunks.push(chunk);
    };
    if (signal.aborted) return abort();
    if (told > maxBytes) return tooLarge();
    hold(told);
    signal.addEventListener("abort", abort);
    incoming.on("data", take).on("end", end).on("error", broken);
  });
}

function readForm(body: Buffer, type: string, maxPictures: number): Promise<Upload[]> {
  return new Promise((resolve, reject) => {
    const malformed = (error: unknown) => {
      const detail = error instanceof Error ? ` (${error.message})` : "";
      reject(new Refusal(400, `The body is not the form (multipart/form-data) that it shall be${detail}.`));
    };
    let form: InstanceType<typeof Busboy>;
    try {
      form = new Busboy({
        headers: { "content-type": type },
        limits: { files: maxPictures, fields: 100, fieldSize: 1000, headerPairs: 50, headerSize: 8000 },
        isPartAFile: (_, type, name) =>
          name !== undefined || /^(image\/|application\/octet-)/.test(type ?? ""),
      });
    } catch (error) {
      return malformed(error);
    }
    const files: { name: string; chunks: Buffer[] }[] = [];
    form.on("file", (_, stream, name) => {
      const chunks: Buffer[] = [];
      files.push({ name: name || `picture ${files.length + 1}`, chunks });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", malformed);
    });
    form.on("filesLimit", () =>
      reject(new Refusal(413, `The form has more than the ${maxPictures} pictures that are allowed.`)),
    );
    form.on("error", malformed);
    form.on("finish", () => {
      resolve(files.map(({ name, chunks }) => ({ name, bytes: Buffer.concat(chunks) })));
    });
    form.end(body);
  });
}
