// Upright: whether a JPEG is shown as it is stored, by its Exif data.

const APP1 = 0xe1;
const START_OF_SCAN = 0xda;
const ORIENTATION = 0x0112;

/**
 * Whether nothing in a JPEG's segments says that the picture is to be turned or mirrored; false also where that
 * cannot be told. (ITU-T T.81, annex B, for the segments; TIFF 6.0 and Exif 2.3 for the orientation.)
 */
export function isUpright(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return false;
    const marker = bytes[at + 1];
    if (marker === START_OF_SCAN) return true;
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length) return false;
    if (marker === APP1 && isExif(view, at + 4, end) && !isExifUpright(view, at + 10, end)) return false;
    at = end;
  }
  return false;
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
