// InPlace: the updates that follow a run change the session's values where they lie.
import { compileLoops, nestOverAxes } from "../loops/loops.js";
import type { Update } from "./update.js";
import type { Values } from "./values.js";

/** Elements of what a run was given and has computed, by name. */
export type Present = ReadonlyMap<string, Float32Array>;

/** A loop over values, given what a run has computed; they change in place when what that returns is called. */
type Prepared = (present: Present) => () => void;

export class InPlace {
  private readonly updates: readonly Prepared[];

  /** @param values hold all that updates read and write, save single numbers */
  constructor(
    updates: readonly Update[],
    private readonly values: Values,
  ) {
    this.updates = updates.map((update) => this.prepare(update));
  }

  /** @param present what a run was given and has computed besides the values */
  run(present: Present): void {
    for (const update of this.updates.map((prepared) => prepared(present))) update();
  }

  private prepare(update: Update): Prepared {
    const { reads, unless } = update;
    const loop = this.loopOf(update);
    const rest = unless && this.prepare(unless.rest);
    return (present) => {
      const numberOf = (name: string) => (present.get(name) ?? this.values.data(name))[0] as number;
      if (rest && numberOf(reads[unless.read].name) === 0) return rest(present);
      // Another loop may change a number that this one reads: it is read now.
      const numbers = reads.map(({ name, single }) => (single ? numberOf(name) : 0));
      return () => loop(numbers);
    };
  }

  private loopOf({ size, reads, writes, statements, results }: Update) {
    // Where the kernels compute, nothing is copied.
    for (const { name, single } of reads) if (!single) this.values.address(name);
    for (const name of writes) this.values.address(name);
    const walks = [...reads.map(({ single }) => (single ? 0 : 1)), ...writes.map(() => 1)];
    const nest = nestOverAxes(
      [size],
      walks.map((stride) => ({ offset: 0, strides: [stride] })),
    );
    const body = { reads: reads.length, writes: writes.length, statements, results };
    const loops = compileLoops(nest, body, this.values.memory);
    const dataOf = (name: string) => this.values.data(name) as Float32Array;
    return (numbers: readonly number[]) =>
      loops([
        ...reads.map(({ name, single }, i) => (single ? Float64Array.of(numbers[i]) : dataOf(name))),
        ...writes.map(dataOf),
      ]);
  }
}
