// Fields: a protobuf message as its bytes, read and written without knowing all of its meaning.

/** One field of a message, as it lies there. */
export interface Field {
  readonly number: number;
  /** Of a varint; 0 otherwise. */
  readonly value: bigint;
  /** Of a field with a length: what it holds; empty otherwise. */
  readonly bytes: Uint8Array;
  /** Key and content. */
  readonly raw: Uint8Array;
}

/** Bytes in a row that are not yet joined. */
export type Pieces = readonly Uint8Array[];

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);
export const bytesOfText = (text: string): Uint8Array => encoder.encode(text);

function varintAt(bytes: Uint8Array, at: number): [value: bigint, end: number] {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    if (at >= bytes.length) throw new RangeError("It ends within a number.");
    const byte = bytes[at++];
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return [BigInt.asIntN(64, value), at];
  }
  throw new RangeError("A number in it is longer than 64 bits.");
}

/** @throws RangeError for bytes that are no message */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const none = bytes.subarray(0, 0);
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const [key, content] = varintAt(bytes, at);
    const number = Number(key >> 3n);
    const wire = Number(key & 7n);
    let value = 0n;
    let held = none;
    if (wire === 0) [value, at] = varintAt(bytes, content);
    else if (wire === 1 || wire === 5) at = content + (wire === 1 ? 8 : 4);
    else if (wire === 2) {
      const [length, begin] = varintAt(bytes, content);
      at = begin + Number(length);
      held = bytes.subarray(begin, at);
    } else throw new RangeError(`It has a field of the unknown kind ${wire}.`);
    if (at > bytes.length || number === 0) throw new RangeError("It ends within a field.");
    yield { number, value, bytes: held, raw: bytes.subarray(start, at) };
  }
}

/** The values of a repeated varint, packed or not. */
export function varintsOf(field: Field): bigint[] {
  if (field.bytes.length === 0) return field.raw.length > 2 || field.value !== 0n ? [field.value] : [0n];
  const values: bigint[] = [];
  for (let at = 0; at < field.bytes.length; ) {
    const [value, end] = varintAt(field.bytes, at);
    values.push(value);
    at = end;
  }
  return values;
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return bytes;
}

export function lengthOf(pieces: Pieces): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

/** A varint field. */
export function numberField(number: number, value: number | bigint): Uint8Array {
  return Uint8Array.from([...varint(BigInt(number << 3)), ...varint(BigInt(value))]);
}

/** A field with a length: a text, bytes or a message. */
export function field(number: number, content: Pieces): Uint8Array[] {
  const head = [...varint(BigInt((number << 3) | 2)), ...varint(BigInt(lengthOf(content)))];
  return [Uint8Array.from(head), ...content];
}

export function textField(number: number, text: string): Uint8Array[] {
  return field(number, [bytesOfText(text)]);
}

export function joined(pieces: Pieces): Uint8Array {
  const all = new Uint8Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
