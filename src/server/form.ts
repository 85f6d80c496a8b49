// Form: the files of a multipart/form-data body. The work stops at the first limit that is exceeded.
import {
  getMultipartBoundary,
  MaxHeaderSizeExceededError,
  MaxPartsExceededError,
  type MultipartPart,
  parseMultipart,
} from "@remix-run/multipart-parser";
import { Refusal } from "./refusal.js";

export interface Upload {
  /** The file's name as the client gives it, or its number in the request. */
  readonly name: string;
  /** The file's content. */
  readonly bytes: Uint8Array;
}

/** Parts of a form that are not images; they are ignored. */
const MAX_FIELDS = 100;
/** Bytes of a part's headers. */
const MAX_HEADERS = 8000;
/** The longest boundary that RFC 2046 allows. */
const MAX_BOUNDARY = 70;

/**
 * Finds the files of a form. Their bytes are views of `body`, not copies.
 * @throws Refusal for a malformed form, and for too many images or parts
 */
export function filesOf(body: Buffer, type: string, maxImages: number): Upload[] {
  const boundary = getMultipartBoundary(type)?.trim();
  if (!boundary) throw malformed("Its Content-Type has no boundary.");
  if (boundary.length > MAX_BOUNDARY) throw malformed(`Its boundary is longer than ${MAX_BOUNDARY} bytes.`);
  const maxParts = maxImages + MAX_FIELDS;
  const limits = { maxParts, maxHeaderSize: MAX_HEADERS, maxFileSize: Infinity, maxTotalSize: Infinity };
  const files: Upload[] = [];
  try {
    for (const part of parseMultipart(body, { boundary, ...limits })) {
      const { file, name } = described(part);
      if (!file) continue;
      if (files.length === maxImages) {
        throw new Refusal("too_many_images", `The form has more than the ${maxImages} images allowed.`);
      }
      // The whole body is one chunk, so each part's content is one piece of it at most.
      files.push({ name: name || `picture ${files.length + 1}`, bytes: part.content[0] ?? Buffer.alloc(0) });
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof MaxPartsExceededError) {
      throw new Refusal("too_large", `The form has more than the ${maxParts} parts allowed.`);
    }
    if (error instanceof MaxHeaderSizeExceededError) {
      throw malformed(`The headers of a part are larger than ${MAX_HEADERS} bytes.`);
    }
    throw malformed(error instanceof Error ? `${error.message}.` : "");
  }
  return files;
}

/** Whether a part is a file, and its name without folders. Old clients send files without a name. */
function described({ filename, mediaType }: MultipartPart): { file: boolean; name: string | undefined } {
  const file = filename !== undefined || /^(image\/|application\/octet-)/.test(mediaType ?? "");
  return { file, name: filename?.replace(/^.*[/\\]/s, "") };
}

function malformed(detail: string): Refusal {
  return new Refusal("malformed", `The body is not a valid form (multipart/form-data). ${detail}`.trim());
}
