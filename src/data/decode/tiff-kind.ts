// TiffKind: what a TIFF says of how it is written, to tell one that is not decoded here from one that is damaged.

const little = 0x4949;
const big = 0x4d4d;
const [bitsPerSample, compression, photometric] = [258, 259, 262];

/** None, CCITT's three, LZW, JPEG, Deflate by its two numbers, PackBits, Zstandard and WebP. */
const compressions = new Set([1, 2, 3, 4, 5, 7, 8, 32946, 32773, 50000, 50001]);
/** White or black is zero, RGB, palette, mask, CMYK, YCbCr. */
const photometrics = new Set([0, 1, 2, 3, 4, 5, 6]);

/**
 * What about a TIFF is of a kind that is not decoded here, for a person; undefined where all of it is, and of what is
 * no TIFF. (TIFF 6.0, sections 2 and 8, for the directory; the numbers beyond it are libtiff's.)
 */
export function foreignTiff(bytes: Uint8Array): string | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = view.getUint16(0);
  const isLittle = order === little;
  if ((!isLittle && order !== big) || view.getUint16(2, isLittle) !== 42) return undefined;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > bytes.length) return undefined;
  const count = view.getUint16(directory, isLittle);
  if (directory + 2 + 12 * count > bytes.length) return undefined;
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    const tag = view.getUint16(entry, isLittle);
    const value = view.getUint16(entry + 8, isLittle);
    if (tag === compression && !compressions.has(value)) return `compression ${value}`;
    if (tag === photometric && !photometrics.has(value)) return `photometric interpretation ${value}`;
    if (tag === bitsPerSample) {
      // More than two numbers stand elsewhere; they are the same in what we read.
      const at = view.getUint32(entry + 4, isLittle) > 2 ? view.getUint32(entry + 8, isLittle) : entry + 8;
      const bits = at + 2 <= bytes.length ? view.getUint16(at, isLittle) : 8;
      if (bits > 32) return `${bits} bits a sample`;
    }
  }
  return undefined;
}
