// Loops: element-by-element operators as one loop over memory, done block by block: each function of a formula over a
// whole block before the next, so that what is passed on lies in the processor's nearest cache.
import { Formulas, type Value } from "./formula.js";
import { BLOCK, type Block, type Run, Vectors } from "./vectors.js";

/** What can be computed with: int64 has no place in it. */
export type NumberArray = Float32Array | Float64Array | Uint16Array | Uint8Array | Int8Array | Int32Array;

/** How an array is walked through: where its first element lies, and how far apart neighbours along an axis. */
export interface Walk {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** The loops of a computation, the outermost first, and each array's step in each. */
export interface Nest {
  readonly counts: readonly number[];
  /** By array, as many as there are loops. */
  readonly steps: readonly (readonly number[])[];
  readonly offsets: readonly number[];
}

/** Loops in the order of a tensor's axes. */
export function nestOverAxes(shape: readonly number[], walks: readonly Walk[]): Nest {
  return merged({
    counts: shape,
    steps: walks.map(({ strides }) => strides),
    offsets: walks.map(({ offset }) => offset),
  });
}

/** Loops of one element are left out, and two become one where every array goes on through both evenly. */
export function merged({ counts, steps, offsets }: Nest): Nest {
  const kept: number[] = [];
  const sizes: number[] = [];
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 1) continue;
    const outer = kept.at(-1);
    if (outer !== undefined && steps.every((of) => of[outer] === of[i] * counts[i])) {
      kept[kept.length - 1] = i;
      sizes[sizes.length - 1] *= counts[i];
    } else {
      kept.push(i);
      sizes.push(counts[i]);
    }
  }
  if (kept.length === 0) return { counts: [1], steps: steps.map(() => [0]), offsets };
  return { counts: sizes, steps: steps.map((of) => kept.map((i) => of[i])), offsets };
}

/** What is computed of each element. */
export interface Body {
  /** How many arrays are read; they come first. */
  readonly reads: number;
  /** How many arrays are written. */
  readonly writes: number;
  /** Statements; `r0`, `r1` … are what was read. */
  readonly statements: readonly string[];
  /** The expression that is written to each. */
  readonly results: readonly string[];
}

/** A loop in parts: as many elements at once as fit into a block, each array's distances from its first one. */
interface Tiles {
  /** Of the loops around it. */
  readonly counts: readonly number[];
  readonly steps: readonly (readonly number[])[];
  /** Elements of one turn of the innermost loop of those, and how many turns fit into a block. */
  readonly size: number;
  readonly turns: number;
  /** By array, the distance of each element of a block from its first. */
  readonly distances: readonly Int32Array[];
}

/** The innermost loops that fit into a block are one; the loop around them is done in parts. */
function tilesOf({ counts, steps }: Nest): Tiles {
  let size = 1;
  let level = counts.length;
  while (level > 1 && size * counts[level - 1] <= BLOCK) size *= counts[--level];
  const turns = Math.min(counts[level - 1], Math.max(1, Math.floor(BLOCK / size)));
  const inner = [turns, ...counts.slice(level)];
  const distances = steps.map((of) => {
    let found = [0];
    inner.forEach((count, i) => {
      const step = of[level - 1 + i];
      found = found.flatMap((start) => Array.from({ length: count }, (_, k) => start + k * step));
    });
    return Int32Array.from(found);
  });
  return {
    counts: counts.slice(0, level),
    steps: steps.map((of) => of.slice(0, level)),
    size,
    turns,
    distances,
  };
}

type Load = (array: NumberArray, at: number, n: number) => void;

const isEven = (distances: Int32Array, step: number) =>
  distances.every((distance, i) => distance === i * step);

/** Copies elements to a block, where they lie one behind the other. */
function loader(distances: Int32Array, to: Block, vectors: Vectors): Load {
  if (isEven(distances, 0)) return (array, at, n) => to.numbers.fill(array[at], 0, n);
  const gather: Load = (array, at, n) => {
    const { numbers } = to;
    for (let i = 0; i < n; i++) numbers[i] = array[at + distances[i]];
  };
  if (!isEven(distances, 1)) return gather;
  return (array, at, n) => {
    if (array instanceof Float32Array) vectors.load(array, at, n, to);
    else gather(array, at, n);
  };
}

/** Copies a block to where elements are. */
function storer(distances: Int32Array, from: Block, vectors: Vectors): Load {
  const scatter: Load = (array, at, n) => {
    const { numbers } = from;
    for (let i = 0; i < n; i++) array[at + distances[i]] = numbers[i];
  };
  if (!isEven(distances, 1)) return scatter;
  return (array, at, n) => {
    if (array instanceof Float32Array) vectors.store(from, n, array, at);
    else scatter(array, at, n);
  };
}

/** Which block each value has: one that nothing needs any more is used again. */
class Blocks {
  private readonly uses = new Map<Value, number>();
  private readonly places = new Map<Value, Block>();
  private readonly free: Block[] = [];
  private count = 0;

  constructor(
    private readonly vectors: Vectors,
    wanted: readonly Value[],
  ) {
    for (const value of wanted) this.use(value);
  }

  private use(value: Value): void {
    const known = this.uses.get(value) ?? 0;
    this.uses.set(value, known + 1);
    if (known === 0 && value.kind === "call") for (const operand of value.operands) this.use(operand);
  }

  at(value: Value): Block | undefined {
    return this.places.get(value);
  }

  take(value: Value): Block {
    const block = this.free.pop() ?? this.vectors.block(this.count++);
    this.places.set(value, block);
    return block;
  }

  /** One use fewer. What is read or constant stays, as it is there before the first function runs. */
  release(value: Value): void {
    const left = (this.uses.get(value) ?? 0) - 1;
    this.uses.set(value, left);
    const block = this.places.get(value);
    if (left === 0 && value.kind === "call" && block) this.free.push(block);
  }
}

/** Every value once, what it is made of before it. */
function inOrder(wanted: readonly Value[]): Value[] {
  const found = new Set<Value>();
  const visit = (value: Value) => {
    if (found.has(value)) return;
    if (value.kind === "call") value.operands.forEach(visit);
    found.add(value);
  };
  wanted.forEach(visit);
  return [...found];
}

/**
 * Prepares a computation over `nest`.
 * @param vectors may hold arrays that it is called with
 * @returns to be called with the arrays, those that are read first
 */
export function compileLoops(
  nest: Nest,
  body: Body,
  vectors: Vectors = Vectors.shared,
): (arrays: readonly NumberArray[]) => void {
  const formulas = new Formulas();
  for (const statement of body.statements) formulas.define(statement);
  const results = body.results.map((result) => formulas.read(result));
  const tiles = tilesOf(nest);
  if (results.length === 1 && results[0].kind === "read" && body.reads === 1)
    return copying(tiles, nest.offsets);

  const blocks = new Blocks(vectors, results);
  const values = inOrder(results);
  const constants: { block: Block; number: number }[] = [];
  const loads: { load: Load; array: number }[] = [];
  for (const value of values) {
    if (value.kind === "number") constants.push({ block: blocks.take(value), number: value.number });
    if (value.kind !== "read") continue;
    loads.push({ load: loader(tiles.distances[value.read], blocks.take(value), vectors), array: value.read });
  }
  const runs: Run[] = [];
  for (const value of values) {
    if (value.kind !== "call") continue;
    const operands = value.operands.map((operand) => blocks.at(operand) as Block);
    for (const operand of value.operands) blocks.release(operand);
    runs.push(vectors.compile(value.name, blocks.take(value), operands));
  }
  const stores = results.map((value, i) => {
    const array = body.reads + i;
    return { store: storer(tiles.distances[array], blocks.at(value) as Block, vectors), array };
  });
  const loop = looping(tiles, nest.offsets, (arrays, at, n) => {
    for (const { load, array } of loads) load(arrays[array], at[array], n);
    for (const run of runs) run(n);
    for (const { store, array } of stores) store(arrays[array], at[array], n);
  });
  return (arrays) => {
    // Other computations use the same blocks.
    for (const { block, number } of constants) block.numbers.fill(number);
    loop(arrays);
  };
}

type Tile = (arrays: readonly NumberArray[], at: readonly number[], n: number) => void;

function looping(
  { counts, steps, size, turns }: Tiles,
  offsets: readonly number[],
  tile: Tile,
): (arrays: readonly NumberArray[]) => void {
  const last = counts.length - 1;
  const loop = (arrays: readonly NumberArray[], level: number, at: readonly number[]) => {
    const count = counts[level];
    const position = [...at];
    const stride = level === last ? turns : 1;
    for (let i = 0; i < count; i += stride) {
      for (let array = 0; array < at.length; array++) position[array] = at[array] + i * steps[array][level];
      if (level === last) tile(arrays, position, Math.min(turns, count - i) * size);
      else loop(arrays, level + 1, position);
    }
  };
  return (arrays) => loop(arrays, 0, offsets);
}

/** One array, in another order or of another type. */
function copying(tiles: Tiles, offsets: readonly number[]): (arrays: readonly NumberArray[]) => void {
  const [from, to] = tiles.distances;
  const even = isEven(from, 1) && isEven(to, 1);
  return looping(tiles, offsets, ([source, target], [at, there], n) => {
    if (even) target.set(source.subarray(at, at + n), there);
    else for (let i = 0; i < n; i++) target[there + to[i]] = source[at + from[i]];
  });
}
