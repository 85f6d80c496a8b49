// Leaving a key's values out of JSON before it is parsed, where they are most of a file and nobody reads them.

const [quote, backslash, colon, comma, zero] = [0x22, 0x5c, 0x3a, 0x2c, 0x30];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The JSON text with 0 for every value of `key`, in a new array. What is no JSON comes out as some other. */
export function without(bytes: Uint8Array, key: string): Uint8Array {
  const wanted = new TextEncoder().encode(`"${key}"`);
  const kept = new Uint8Array(bytes.length);
  let length = 0;
  let from = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== quote) continue;
    const end = endOfString(bytes, at);
    let value = end;
    while (isBlank(bytes[value])) value++;
    if (bytes[value] === colon && equals(bytes, at, end, wanted)) {
      value++;
      while (isBlank(bytes[value])) value++;
      kept.set(bytes.subarray(from, value), length);
      length += value - from;
      from = endOfValue(bytes, value);
      // What has no value is no JSON, and stays so; nor would there be room for one.
      if (from > value) kept[length++] = zero;
      at = from - 1;
    } else at = end - 1;
  }
  kept.set(bytes.subarray(from), length);
  return kept.subarray(0, length + bytes.length - from);
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** One past the string that begins at `at`. */
function endOfString(bytes: Uint8Array, at: number): number {
  for (let i = at + 1; i < bytes.length; i++) {
    if (bytes[i] === backslash) i++;
    else if (bytes[i] === quote) return i + 1;
  }
  return bytes.length;
}

/** One past the value that begins at `at`. A value of one byte stays as long as it is. */
function endOfValue(bytes: Uint8Array, at: number): number {
  let depth = 0;
  for (let i = at; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === quote) {
      i = endOfString(bytes, i) - 1;
      if (depth === 0) return i + 1;
    } else if (byte === openList || byte === openObject) depth++;
    else if (byte === closeList || byte === closeObject) {
      if (depth === 0) return i;
      if (--depth === 0) return i + 1;
    } else if (depth === 0 && (byte === comma || isBlank(byte))) return i;
  }
  return bytes.length;
}

function equals(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  return end - start === wanted.length && wanted.every((byte, i) => bytes[start + i] === byte);
}
