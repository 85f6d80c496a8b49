// Loops: element-by-element operators as one loop over memory, written out as JavaScript and compiled.

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

type Compiled = (numbers: readonly number[], ...arrays: readonly NumberArray[]) => void;

/** Computations that differ in sizes and distances alone share their code, and what the optimizer knows of it. */
const compiled = new Map<string, Compiled>();

/**
 * Compiles a computation over `nest`. Several of one form run the same code.
 * @returns to be called with the arrays, those that are read first
 */
export function compileLoops(nest: Nest, body: Body): (arrays: readonly NumberArray[]) => void {
  const depth = nest.counts.length;
  const numbers: number[] = [];
  const given = (value: number) => `p[${numbers.push(value) - 1}]`;
  const head: string[] = [];
  const levels: string[][] = Array.from({ length: depth + 1 }, () => []);
  const position = nest.steps.map((steps, array) => {
    const offset = nest.offsets[array];
    if (offset !== 0) head.push(`const o${array} = ${given(offset)};`);
    let name = offset === 0 ? "" : `o${array}`;
    let deepest = 0;
    steps.forEach((step, level) => {
      if (step === 0) return;
      const along = step === 1 ? `i${level}` : `i${level} * ${given(step)}`;
      const sum = name === "" ? along : `${name} + ${along}`;
      name = step === 1 && name === "" ? along : `o${array}_${level}`;
      if (sum !== name) levels[level + 1].push(`const ${name} = ${sum};`);
      deepest = level + 1;
    });
    return { name: name === "" ? "0" : name, deepest };
  });
  for (let read = 0; read < body.reads; read++) {
    const { name, deepest } = position[read];
    levels[deepest].push(`const r${read} = a${read}[${name}];`);
  }
  const lines = [...head, ...levels[0]];
  for (let level = 0; level < depth; level++) {
    const count = `n${level}`;
    lines.unshift(`const ${count} = ${given(nest.counts[level])};`);
    lines.push(`for (let i${level} = 0; i${level} < ${count}; i${level}++) {`, ...levels[level + 1]);
  }
  lines.push(...body.statements);
  body.results.forEach((result, i) => {
    const array = body.reads + i;
    lines.push(`a${array}[${position[array].name}] = ${result};`);
  });
  lines.push("}".repeat(depth));
  const names = Array.from({ length: body.reads + body.writes }, (_, i) => `a${i}`);
  const source = `${names.length}|${lines.join("\n")}`;
  let run = compiled.get(source);
  if (!run) {
    run = new Function("p", ...names, lines.join("\n")) as Compiled;
    compiled.set(source, run);
  }
  const code = run;
  return (arrays) => code(numbers, ...arrays);
}
