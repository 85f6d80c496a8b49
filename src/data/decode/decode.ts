// Decode: from an encoded picture to RGB bytes, the same as PIL's `convert("RGB")` after `exif_transpose`.
import sharp, { type Metadata, type Sharp, type SharpOptions } from "sharp";
import { UserError } from "../../base/errors.js";
import { linkTarget, readRegular } from "../../base/regular-file.js";
import type { Box, Pixels } from "../resize/resize.js";
import { type EncodedPicture, whole } from "./encoded-image.js";
import type { Size } from "./jpeg/plain.js";
import { foreignTiff } from "./tiff-kind.js";

/** What is wrong with a picture: "closed" is a file that may not or cannot be read, "foreign" no picture for us. */
export type PictureFault = "missing" | "closed" | "empty" | "foreign" | "too-large" | "damaged";

/** One picture that cannot be had. The message names the file, `reason` is the sentence without it. */
export class PictureError extends UserError {
  override name = "PictureError";
  readonly reason: string;

  constructor(
    source: string | Uint8Array,
    readonly fault: PictureFault,
    reason: string,
  ) {
    super(typeof source === "string" ? `${source}: ${reason}` : `The picture cannot be read: ${reason}`, [], {
      code: "IMAGE",
    });
    this.reason = reason;
  }
}

/** By sharp's names. Drawings (SVG, PDF) have no pixels of their own, and PIL does not read them either. */
const formats = ["jpeg", "png", "webp", "gif", "tiff", "heif"];
const formatNames = "JPEG, PNG, WebP, GIF, TIFF or AVIF";

/** PIL refuses more as well: it is twice what fills a quarter of a GiB with RGB bytes. */
const maxPixels = 178_956_970;

/** How pictures are opened. */
export interface Opening {
  /**
   * Whether a JPEG is damaged, too, whose decoder warns of data that cannot be and goes on with what it makes of
   * them; default no.
   */
  readonly strict?: boolean;
}

/** What of a picture's header counts here. */
type Header = Pick<Metadata, "format" | "autoOrient"> &
  Partial<Pick<Metadata, "space" | "hasAlpha" | "orientation" | "depth" | "xmp">>;

/** By less a JPEG does not get smaller while it is decoded. */
export const LEAST_SHRINK = 3;

/**
 * Reads a picture's header. Of an animation only the first frame counts.
 *
 * No colours are managed (an embedded ICC profile is ignored), transparency is dropped rather than laid on a
 * background, CMYK is (255 − C)(255 − K) / 255, and 16 bits are cut to the upper 8: all of it as PIL does,
 * whose numbers the pretrained weights have seen. Two exceptions: 16-bit grey, which PIL clips at 255
 * instead, and the colour of transparent pixels of a GIF, which is black here.
 *
 * Throws a PictureError for a file that is missing, empty, damaged, too large or no picture.
 */
export async function openPicture(
  source: string | Uint8Array,
  options: Opening = {},
): Promise<EncodedPicture> {
  return openBytes(typeof source === "string" ? await readPicture(source) : source, source, options);
}

/**
 * The same of a picture whose bytes have been read, from the source that errors are to name.
 * @param plain its size, if it is a plain JPEG: then its header, whose reading costs, is known, and what is wrong with
 *   it is told when it is decoded
 */
export async function openBytes(
  bytes: Uint8Array,
  source: string | Uint8Array,
  { strict = false }: Opening = {},
  plain?: Size,
): Promise<EncodedPicture> {
  if (bytes.length === 0) throw new PictureError(source, "empty", "the file is empty.");
  const options: SharpOptions = {
    autoOrient: true,
    ignoreIcc: true,
    // Like PIL: a picture cut short is an error, but bytes too many between two markers are not.
    failOn: "error",
    limitInputPixels: maxPixels,
  };
  const header: Header = plain
    ? { format: "jpeg", autoOrient: plain }
    : await sharp(bytes, options)
        .metadata()
        .catch((error: unknown) => {
          throw new PictureError(source, ...explain(error, bytes));
        });
  if (!formats.includes(header.format)) {
    throw new PictureError(source, "foreign", `it is in the format ${header.format}; wanted ${formatNames}.`);
  }
  const turned = header.format === "png" && header.orientation === undefined ? orientationIn(header.xmp) : 1;
  const { width, height } = turned < 5 ? header.autoOrient : transposed(header.autoOrient);
  return {
    width,
    height,
    async decode(shrink = 1) {
      const wary = strict && header.format === "jpeg";
      const picture = sharp(bytes, wary ? { ...options, failOn: "warning" } : options);
      try {
        if (header.space === "cmyk")
          return { pixels: await decodeCmyk(picture, header.depth), covers: whole(width, height) };
        turn(picture, turned);
        const smaller = shrunk(header, shrink);
        if (smaller) picture.resize(smaller.width, smaller.height, { fit: "fill", kernel: "lanczos3" });
        const { data, info } = await picture
          .removeAlpha()
          .toColourspace("srgb")
          .raw({ depth: "uchar" })
          .toBuffer({ resolveWithObject: true });
        const pixels = { data, width: info.width, height: info.height };
        return { pixels, covers: smaller?.covers ?? whole(width, height) };
      } catch (error) {
        throw new PictureError(source, ...explain(error, bytes));
      }
    },
  };
}

/**
 * The size at which sharp shall return a picture that may be smaller by `shrink`, and what it then shows;
 * undefined where it saves nothing. What the decoder leaves to do sharp does with a kernel that does not
 * blur, for our own filter comes after it.
 */
function shrunk(header: Header, shrink: number): { width: number; height: number; covers: Box } | undefined {
  const full = header.autoOrient;
  // libwebp averages over squares, which our filter would widen, and mixes transparent pixels in.
  const factor = header.format === "webp" ? shrink / 2 : shrink;
  const width = Math.ceil(full.width / factor);
  const height = Math.ceil(full.height / factor);
  if (header.format === "webp") {
    return factor < 2 || header.hasAlpha
      ? undefined
      : { width, height, covers: whole(full.width, full.height) };
  }
  if (header.format !== "jpeg") return undefined;

  // libjpeg decodes at a half, a quarter or an eighth. sharp picks the eighth where 9 or more is to go, the
  // quarter from 5, the half from 3; and libvips drops the last columns and rows that do not fill a pixel.
  const reached = Math.min(full.width / width, full.height / height);
  const step = reached >= 9 ? 8 : reached >= 5 ? 4 : reached >= LEAST_SHRINK ? 2 : 1;
  if (step === 1) return undefined;
  const lostWidth = full.width % step;
  const lostHeight = full.height % step;
  // The last ones as stored: where the picture is turned or mirrored, they come first.
  const orientation = header.orientation ?? 1;
  const left = [2, 3, 6, 7].includes(orientation) ? lostWidth : 0;
  const top = [3, 4, 7, 8].includes(orientation) ? lostHeight : 0;
  const covers = { left, top, width: full.width - lostWidth, height: full.height - lostHeight };
  return { width, height, covers };
}

/** The orientation (Exif's 1 to 8) that XMP says a PNG has, as PIL's `exif_transpose` finds it; else 1. */
function orientationIn(xmp: Uint8Array | undefined): number {
  if (xmp === undefined) return 1;
  const [, said] = /tiff:Orientation(?:="|>)([1-8])/.exec(Buffer.from(xmp).toString("latin1")) ?? [];
  return Number(said ?? 1);
}

function transposed({ width, height }: Size): Size {
  return { width: height, height: width };
}

/** Makes upright what has this orientation. sharp mirrors before it turns. */
function turn(picture: Sharp, orientation: number): void {
  if (orientation === 2 || orientation === 5 || orientation === 7) picture.flop();
  if (orientation === 4) picture.flip();
  const angle = { 3: 180, 5: 270, 6: 90, 7: 90, 8: 270 }[orientation];
  if (angle !== undefined) picture.rotate(angle);
}

async function decodeCmyk(picture: Sharp, depth: string | undefined): Promise<Pixels> {
  const wide = depth === "ushort";
  const { data: samples, info } = await picture
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .raw({ depth: wide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  // sharp would make 8 bits of 16 by clipping them.
  const data = wide ? upperBytes(samples) : samples;
  const { width, height, channels } = info;
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * channels;
    const light = 255 - data[from + 3];
    for (let c = 0; c < 3; c++) rgb[pixel * 3 + c] = Math.round(((255 - data[from + c]) * light) / 255);
  }
  return { data: rgb, width, height };
}

/** Of numbers of 16 bits, in the machine's order, the upper 8. */
function upperBytes(samples: Uint8Array): Uint8Array {
  const values = new Uint16Array(samples.slice().buffer);
  return Uint8Array.from(values, (value) => value >> 8);
}

/** Why a file could not be read, for a person. */
const fileFaults: Record<string, readonly [PictureFault, string]> = {
  ENOENT: ["missing", "there is no such file."],
  NOT_A_FILE: ["foreign", "it is no regular file (a FIFO, a socket or a device), so it is no image."],
  ENOTDIR: ["missing", "there is no such file: a part of its path is a file, not a folder."],
  EISDIR: ["foreign", "it is a folder, not a picture."],
  EACCES: ["closed", "it may not be read: its permissions forbid it."],
  EPERM: ["closed", "it may not be read: its permissions forbid it."],
  ENAMETOOLONG: ["missing", "there is no such file: the name is too long."],
  ELOOP: ["missing", "there is no such file: its links go round in circles."],
  ERR_INVALID_ARG_VALUE: ["missing", "this cannot be the path of a file."],
  ERR_FS_FILE_TOO_LARGE: ["too-large", "it is larger than 2 GiB."],
};

/**
 * What is wrong with a picture's file, and the sentence for it, by the system's code for why it would not give it; undefined
 * where that is no fault of the picture's.
 * @param target where the path leads, if it is a link
 */
export function fileFault(
  code: string | undefined,
  target?: string,
): readonly [PictureFault, string] | undefined {
  if (code === "ENOENT" && target !== undefined) {
    return ["missing", `it is a link to ${target}, and there is nothing.`];
  }
  return fileFaults[code ?? ""];
}

/** Why the system would not give a picture's file, where that is the picture's own fault. */
export function pictureErrorOf(path: string, error: unknown): PictureError | undefined {
  const { code } = error as NodeJS.ErrnoException;
  const fault = fileFault(code, code === "ENOENT" ? linkTarget(path) : undefined);
  return fault && new PictureError(path, ...fault);
}

async function readPicture(path: string): Promise<Uint8Array> {
  try {
    return await readRegular(path);
  } catch (error) {
    // Anything else (no more file handles, say) is not the picture's fault, and skipping it would hide that.
    throw pictureErrorOf(path, error) ?? error;
  }
}

/**
 * What the decoder says, for a person. Only sharp's own words are this picture's: what it adds from libvips
 * comes out of one buffer for all threads, and may tell of another picture that is decoded at the same time.
 */
function explain(error: unknown, bytes: Uint8Array): [PictureFault, string] {
  const said = error instanceof Error ? error.message : String(error);
  if (said === "Input image exceeds pixel limit") {
    return ["too-large", `it has more than ${maxPixels.toLocaleString("en")} pixels.`];
  }
  if (said === "Input buffer contains unsupported image format") {
    return ["foreign", `this is no picture that we can read; wanted ${formatNames}.`];
  }
  if (isHeic(bytes)) {
    return ["foreign", `it is a HEIC picture, which is not decoded here; wanted ${formatNames}.`];
  }
  const kind = foreignTiff(bytes);
  if (kind !== undefined) {
    return ["foreign", `it is a TIFF of a kind that is not decoded here (${kind}); wanted ${formatNames}.`];
  }
  return ["damaged", "the file ends too early or is damaged."];
}

/** Told by the file's major brand (ISO/IEC 23008-12, annex B). sharp's own libvips has no decoder for it. */
function isHeic(bytes: Uint8Array): boolean {
  return /^ftyp(hei[cxms]|hev[cxms])$/.test(String.fromCharCode(...bytes.subarray(4, 12)));
}
