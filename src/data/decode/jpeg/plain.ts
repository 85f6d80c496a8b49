// Plain: the size of a JPEG that is as most are, read from its segments.

export interface Size {
  readonly width: number;
  readonly height: number;
}

const APP1 = 0xe1;
const START_OF_SCAN = 0xda;
/** Baseline, extended and progressive, with Huffman's codes: SOF0 to SOF2. */
const FRAMES = [0xc0, 0xc1, 0xc2];
const ORIENTATION = 0x0112;

/**
 * The size of a JPEG of 8 bits and one or three components, which its Exif data neither turn nor mirror; undefined of
 * others, and where that cannot be told. (ITU-T T.81, annex B, for the segments; TIFF 6.0 and Exif 2.3 for the
 * orientation.)
 */
export function plainSize(bytes: Uint8Array): Size | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  let size: Size | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1];
    if (marker === START_OF_SCAN) return size;
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length) return undefined;
    if (FRAMES.includes(marker) && at + 10 <= end) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      if (bytes[at + 4] !== 8 || ![1, 3].includes(bytes[at + 9]) || width * height === 0) return undefined;
      size = { width, height };
    }
    if (marker === APP1 && isExif(view, at + 4, end) && !isExifUpright(view, at + 10, end)) return undefined;
    at = end;
  }
  return undefined;
}

/** "Exif" and two zeros. */
function isExif(view: DataView, at: number, end: number): boolean {
  return at + 6 <= end && view.getUint32(at) === 0x45786966 && view.getUint16(at + 4) === 0;
}

function isExifUpright(view: DataView, start: number, end: number): boolean {
  if (start + 8 > end) return false;
  const order = view.getUint16(start);
  const little = order === 0x4949;
  if (!little && order !== 0x4d4d) return false;
  const directory = start + view.getUint32(start + 4, little);
  if (directory + 2 > end) return false;
  const count = view.getUint16(directory, little);
  if (directory + 2 + 12 * count > end) return false;
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    // A number of 16 bits stands in the first two of the four bytes for a value.
    if (view.getUint16(entry, little) === ORIENTATION && view.getUint16(entry + 8, little) !== 1)
      return false;
  }
  return true;
}
