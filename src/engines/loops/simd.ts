// Simd: an element-by-element computation as one loop in WebAssembly, two float64 at a time over float32 arrays.
//
// It computes what the loops in JavaScript compute, bit for bit: float32 is read, everything is done in float64, and
// rounded when it is written. Binary format: the WebAssembly core specification, sections 5.4 and 5.5.

/** What a step takes: an array's element or a number that is given, a constant, or an earlier step's result. */
export type Operand = { readonly read: number } | { readonly constant: number } | { readonly step: number };

/** A computation over arrays of one length. */
export interface Elementwise {
  /** What is read: arrays, or single numbers. */
  readonly reads: readonly { readonly single: boolean }[];
  /** ONNX operators. */
  readonly steps: readonly { readonly op: string; readonly operands: readonly Operand[] }[];
  /** What is written to each array that is written. */
  readonly results: readonly Operand[];
}

/** Elements that lie behind an array's end and are read and written as well, at most. */
export const SLACK = 1;

const I32 = 0x7f;
const F64 = 0x7c;
const V128 = 0x7b;

/** An unsigned number, seven bits a byte. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...unsigned(Math.floor(value / 128))];
}

const counted = (items: readonly (readonly number[])[]) => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: readonly number[]) => [...unsigned(bytes.length), ...bytes];
const section = (id: number, bytes: readonly number[]) => [id, ...sized(bytes)];
const text = (value: string) => sized([...new TextEncoder().encode(value)]);
const vector = (code: number) => [0xfd, ...unsigned(code)];
const get = (local: number) => [0x20, ...unsigned(local)];
const set = (local: number) => [0x21, ...unsigned(local)];
const float64 = (value: number) => [0x44, ...new Uint8Array(new Float64Array([value]).buffer)];

const SPLAT = vector(20);
/** Two float32, without a demand on where they lie, as float64. */
const LOAD = [...vector(93), 0, 0, ...vector(95)];
/** Rounded to float32, the two of them. */
const STORE = [...vector(94), ...vector(91), 0, 0, 0];

const joined = (code: number) => (values: readonly number[][]) =>
  values.flatMap((value, i) => (i === 0 ? value : [...value, ...vector(code)]));
const ofOne =
  (code: number) =>
  ([value]: readonly number[][]) => [...value, ...vector(code)];

/** The code of an operator, given that of its operands. */
const operators: Readonly<Record<string, (values: readonly number[][]) => number[]>> = {
  Abs: ofOne(236),
  Neg: ofOne(237),
  Sqrt: ofOne(239),
  Add: joined(240),
  Sum: joined(240),
  Sub: joined(241),
  Mul: joined(242),
  Div: joined(243),
  Min: joined(244),
  Max: joined(245),
  Reciprocal: ([value]) => [...float64(1), ...SPLAT, ...value, ...vector(243)],
  Identity: ([value]) => value,
  // By bits, where the condition is not equal to 0.
  Where: ([condition, yes, no]) => [
    ...yes,
    ...no,
    ...condition,
    ...float64(0),
    ...SPLAT,
    ...vector(72),
    ...vector(82),
  ],
};

/**
 * A module that imports the memory `env.memory` and exports `run(length, …reads, …writes)`: single reads are numbers,
 * the others byte addresses of float32 arrays. Undefined for an operator that it does not have.
 */
export function simdModule({ reads, steps, results }: Elementwise): Uint8Array<ArrayBuffer> | undefined {
  if (!steps.every(({ op }) => op in operators)) return undefined;
  const parameters = [I32, ...reads.map(({ single }) => (single ? F64 : I32)), ...results.map(() => I32)];
  const firstRead = 1;
  const firstWrite = firstRead + reads.length;
  const held = firstWrite + results.length;
  const firstStep = held + reads.length;
  const load = (operand: Operand) => {
    if ("constant" in operand) return [...float64(operand.constant), ...SPLAT];
    return get("read" in operand ? held + operand.read : firstStep + operand.step);
  };
  const singles = reads.flatMap(({ single }, i) =>
    single ? [...get(firstRead + i), ...SPLAT, ...set(held + i)] : [],
  );
  const arrays = reads.flatMap(({ single }, i) =>
    single ? [] : [...get(firstRead + i), ...LOAD, ...set(held + i)],
  );
  const computed = steps.flatMap(({ op, operands }, i) => [
    ...operators[op](operands.map(load)),
    ...set(firstStep + i),
  ]);
  const written = results.flatMap((result, i) => [...get(firstWrite + i), ...load(result), ...STORE]);
  const pointers = [
    ...reads.flatMap(({ single }, i) => (single ? [] : [firstRead + i])),
    ...results.map((_, i) => firstWrite + i),
  ];
  const forward = pointers.flatMap((local) => [...get(local), 0x41, 8, 0x6a, ...set(local)]);
  // loop while the length, less two each time, is above 0; with nothing to do it is not entered.
  const loop = [
    ...[...get(0), 0x41, 0, 0x4a, 0x04, 0x40, 0x03, 0x40],
    ...[...arrays, ...computed, ...written, ...forward],
    ...[...get(0), 0x41, 2, 0x6b, 0x22, 0, 0x41, 0, 0x4a, 0x0d, 0, 0x0b, 0x0b],
  ];
  const locals = counted([[...unsigned(reads.length + steps.length), V128]]);
  const body = [...locals, ...singles, ...loop, 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, counted([[0x60, ...counted(parameters.map((type) => [type])), 0]])),
    ...section(2, counted([[...text("env"), ...text("memory"), 2, 0, 1]])),
    ...section(3, counted([[0]])),
    ...section(7, counted([[...text("run"), 0, 0]])),
    ...section(10, counted([sized(body)])),
  ]);
}
