// TurboJpeg: libjpeg-turbo's own library, where the system has it. Small JPEGs it decodes in a seventh of sharp's time.
import type { LibraryHandle } from "koffi";
import sharp from "sharp";
import type { Packages } from "../../../base/install-command.js";
import { libraryCandidates } from "../../../base/shared-libraries.js";
import type { Pixels } from "../../resize/resize.js";
import { plainSize, type Size } from "./plain.js";

/** The environment variable that names the library's file, where another than the found one is wanted, or none. */
export const TURBOJPEG_VARIABLE = "MULTIHOT_TURBOJPEG";

export const turboJpegPackages: Packages = {
  debian: "libturbojpeg0-dev",
  fedora: "turbojpeg",
  arch: "libjpeg-turbo",
  homebrew: "jpeg-turbo",
  conda: "libjpeg-turbo",
};

/** libturbojpeg.so.0 or libturbojpeg.0.dylib, by its stable interface. */
const named = /^libturbojpeg\.(so\.0[\d.]*|0[\d.]*\.dylib)$/;

// turbojpeg.h of libjpeg-turbo 2 and 3: TJSAMP_444, _422, _420 and _GRAY; TJCS_YCbCr and _GRAY; TJPF_RGB;
// TJFLAG_ACCURATEDCT and _STOPONWARNING.
const samplings = [0, 1, 2, 3];
const colourSpaces = [1, 2];
const RGB = 0;
const FLAGS = 4096 | 8192;

/** Of larger pictures sharp decodes more than its own costs, and smaller than they are where that is enough. */
const maxPixels = 2 ** 24;

/** A decoder of plain JPEGs. */
export class TurboJpeg {
  private readonly decompressor: unknown;
  private readonly readHeader: (...values: unknown[]) => number;
  private readonly decompress: (...values: unknown[]) => number;
  private readonly found = Array.from({ length: 4 }, () => new Int32Array(1));

  /** @throws Error if the library lacks a function */
  constructor(
    readonly path: string,
    library: LibraryHandle,
  ) {
    const [handle, bytes] = ["void *", ["const uint8_t *", "unsigned long"]];
    this.readHeader = library.func("tjDecompressHeader3", "int", [
      handle,
      ...bytes,
      ...Array(4).fill("int *"),
    ]);
    this.decompress = library.func("tjDecompress2", "int", [
      handle,
      ...bytes,
      ...["uint8_t *", "int", "int", "int", "int", "int"],
    ]);
    this.decompressor = library.func("tjInitDecompress", handle, [])();
    const destroy = library.func("tjDestroy", "int", [handle]);
    // Of the thread, where it is one.
    process.once("exit", () => destroy(this.decompressor));
  }

  /** Whether `decode` is for a plain picture: YCbCr or grey, of a usual sampling, not too large. */
  takes(bytes: Uint8Array, { width, height }: Size): boolean {
    if (width * height > maxPixels) return false;
    if (this.readHeader(this.decompressor, bytes, bytes.length, ...this.found) !== 0) return false;
    const [[foundWidth], [foundHeight], [sampling], [colours]] = this.found;
    const same = foundWidth === width && foundHeight === height;
    return same && samplings.includes(sampling) && colourSpaces.includes(colours);
  }

  /** Its pixels; undefined where anything at all is wrong with it, of which others may tell more. */
  decode(bytes: Uint8Array, { width, height }: Size): Pixels | undefined {
    const data = new Uint8Array(width * height * 3);
    const into = [data, width, width * 3, height, RGB, FLAGS];
    const fault = this.decompress(this.decompressor, bytes, bytes.length, ...into);
    return fault === 0 ? { data, width, height } : undefined;
  }

  /** Whether it gives the very pixels that sharp gives, of small pictures of noise. */
  async agrees(): Promise<boolean> {
    for (const chromaSubsampling of ["4:2:0", "4:4:4"]) {
      const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
      const create = { width: 61, height: 47, channels: 3, background: "black", noise } as const;
      const bytes = await sharp({ create }).jpeg({ quality: 80, chromaSubsampling }).toBuffer();
      const size = plainSize(bytes);
      const pixels = size && this.takes(bytes, size) && this.decode(bytes, size);
      if (!pixels || Buffer.compare(pixels.data, await sharp(bytes).raw().toBuffer()) !== 0) return false;
    }
    return true;
  }
}

/** The first library that works, if koffi is there to call it. */
export async function openTurboJpeg(): Promise<TurboJpeg | undefined> {
  const candidates = libraryCandidates(named, TURBOJPEG_VARIABLE);
  if (candidates.length === 0) return undefined;
  const koffi = await import("koffi").then(
    (module) => module.default,
    () => undefined,
  );
  if (koffi === undefined) return undefined;
  for (const path of candidates) {
    try {
      const turbo = new TurboJpeg(path, koffi.load(path));
      if (await turbo.agrees()) return turbo;
    } catch {
      // No library, or one of another interface.
    }
  }
  return undefined;
}
