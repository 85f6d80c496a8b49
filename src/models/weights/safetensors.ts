// safetensors: a length (uint64), a JSON header of that length, and the tensors' bytes without a gap.
// Format: https://github.com/huggingface/safetensors#format
import type { FileHandle } from "node:fs/promises";
import { UserError } from "../../base/errors.js";
import { openRegular } from "../../base/regular-file.js";
import { writeWhole } from "../../base/write-whole.js";
import { bytesOf, type ElementType, type StateDict, toFloat32 } from "./elements.js";

const types: Readonly<Record<string, ElementType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U64: "uint64",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
};

/** The format's own limit on its header, in bytes. */
const LONGEST_HEADER = 100_000_000;
const MOST_PROBLEMS = 20;

interface Entry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: number[];
  /** From the end of the header. */
  readonly start: number;
  readonly end: number;
}

/** Whether a file that begins with these bytes (9 or more) can be one. */
export function looksLikeSafetensors(head: Uint8Array): boolean {
  if (head.length < 9 || head[8] !== 0x7b) return false;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length <= BigInt(LONGEST_HEADER);
}

/** Every tensor as float32. Throws a UserError with all problems of the header. */
export async function readSafetensors(path: string): Promise<StateDict> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    const length = size < 8 ? Infinity : Number((await read(file, 0, 8, path)).readBigUInt64LE());
    if (length > Math.min(LONGEST_HEADER, size - 8)) {
      throw new UserError(
        `${path} is not a complete safetensors file: its header should have ${length} bytes and the file has ${size}. Get it anew.`,
      );
    }
    const header = (await read(file, 8, length, path)).toString("utf8");
    const found: StateDict = new Map();
    for (const { name, type, shape, start, end } of entries(header, size - 8 - length, path)) {
      const bytes = await read(file, 8 + length + start, end - start, path);
      found.set(name, { shape, data: toFloat32(type, bytes) });
    }
    return found;
  } finally {
    await file.close();
  }
}

async function read(file: FileHandle, position: number, length: number, path: string): Promise<Buffer> {
  // Not Buffer.alloc: elements must begin at a multiple of their size.
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new UserError(`${path} became shorter while it was read.`);
    done += bytesRead;
  }
  return bytes;
}

/** The header's tensors in the order of their bytes, checked against `size`, the bytes behind the header. */
function entries(header: string, size: number, path: string): Entry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(header);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new UserError(
      `${path} is a damaged safetensors file: its header is not a JSON object. Get it anew.`,
    );
  }
  const found: Entry[] = [];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "__metadata__") continue;
    const entry = checked(name, value, size);
    if (typeof entry === "string") problems.push(`${JSON.stringify(name)} ${entry}`);
    else found.push(entry);
  }
  found.sort((a, b) => a.start - b.start || a.end - b.end);
  if (problems.length === 0) {
    let covered = 0;
    for (const { name, start, end } of found) {
      if (start !== covered) {
        problems.push(
          `${JSON.stringify(name)} begins at byte ${start}, and the one before it ends at ${covered}`,
        );
      }
      covered = end;
    }
    if (covered !== size) problems.push(`the tensors end at byte ${covered}, and the file at ${size}`);
  }
  if (problems.length > 0) {
    const shown = problems.slice(0, MOST_PROBLEMS);
    if (shown.length < problems.length) shown.push(`and ${problems.length - shown.length} more`);
    throw new UserError(`${path} is a damaged safetensors file. Get it anew, or write it anew:`, shown);
  }
  return found;
}

/** The entry, or what is wrong with it. */
function checked(name: string, value: unknown, size: number): Entry | string {
  if (typeof value !== "object" || value === null) return "is not described by an object";
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  const type = typeof dtype === "string" && Object.hasOwn(types, dtype) ? types[dtype] : undefined;
  if (!type) {
    const said = dtype === undefined ? "no type" : `the type ${JSON.stringify(dtype).slice(0, 40)}`;
    return `has ${said}, and we read ${Object.keys(types).join(", ")}`;
  }
  if (!isCounts(shape)) return "has no shape of whole numbers";
  if (!isCounts(offsets) || offsets.length !== 2) return "has no two data_offsets";
  const [start, end] = offsets;
  if (start > end || end > size) return `lies at bytes ${start} to ${end} of ${size}`;
  const needed = shape.reduce((product, n) => product * n, bytesOf[type]);
  if (needed !== end - start) {
    return `needs ${needed} bytes for its shape [${shape.join(", ")}] of ${dtype}, and has ${end - start}`;
  }
  return { name, type, shape, start, end };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/**
 * Writes float32 tensors in the map's order; the file appears under its name when it is complete, and is
 * on the disk when the promise resolves. Equal arguments give equal bytes. Throws a RangeError if an array's
 * length is not its shape's.
 *
 * @returns the SHA-256 of the file, in hexadecimal
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
  metadata?: Readonly<Record<string, string>>,
): Promise<string> {
  const described: [string, unknown][] = metadata ? [["__metadata__", metadata]] : [];
  let position = 0;
  for (const [name, { shape, data }] of tensors) {
    if (shape.reduce((product, n) => product * n, 1) !== data.length || name === "__metadata__") {
      throw new RangeError(
        `Tensor "${name}" of shape [${shape.join(", ")}] cannot be written from ${data.length} numbers.`,
      );
    }
    const end = position + data.byteLength;
    described.push([name, { dtype: "F32", shape, data_offsets: [position, end] }]);
    position = end;
  }
  // By hand, as an object would put names like "0" first.
  const json = `{${described.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
  const text = Buffer.from(json);
  // Blanks up to a multiple of 8, so that tensors are aligned in a file that is mapped into memory.
  const header = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, " ");
  header.writeBigUInt64LE(BigInt(header.length - 8));
  text.copy(header, 8);

  const values = [...tensors.values()];
  return writeWhole(
    path,
    header,
    ...values.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
}
