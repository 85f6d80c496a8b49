// InPlace: the updates that follow a run change the states where they lie, in WebAssembly where that can be.
import { compileLoops, nestOverAxes } from "../loops/loops.js";
import { SimdMemory } from "../loops/simd-memory.js";
import type { OrtRuntime, OrtTensor } from "./runtime.js";
import type { Update } from "./update.js";

export type Present = ReadonlyMap<string, OrtTensor>;

/** A loop over the states, given what a run has computed; they change in place when what that returns is called. */
type Prepared = (values: Present) => () => void;

const withRest = (update: Update): Update[] => [
  update,
  ...(update.unless ? withRest(update.unless.rest) : []),
];
const arraysOf = ({ reads, writes }: Update) => [
  ...reads.filter(({ single }) => !single).map(({ name }) => name),
  ...writes,
];

export class InPlace {
  /** In WebAssembly's memory: states, and what a run computes for the updates alone. */
  private readonly names = new Set<string>();
  private readonly memory: SimdMemory | undefined;
  private readonly updates: readonly Prepared[];

  /**
   * @param state takes over its tensors, and holds others of the same values afterwards
   * @param computed what a run computes for the state alone
   */
  constructor(
    private readonly runtime: OrtRuntime,
    updates: readonly Update[],
    private readonly state: Map<string, OrtTensor>,
    computed: ReadonlySet<string>,
  ) {
    const lengths = new Map<string, number>();
    for (const update of updates.flatMap(withRest)) {
      const arrays = arraysOf(update);
      if (!update.module || !arrays.every((name) => state.has(name) || computed.has(name))) continue;
      for (const name of arrays) lengths.set(name, update.size);
    }
    this.memory = SimdMemory.of([...lengths.values()]);
    if (this.memory) this.names = new Set(lengths.keys());
    for (const [name, tensor] of state) state.set(name, this.placed(name, tensor));
    this.updates = updates.map((update) => this.prepare(update));
  }

  /** The same tensor where the updates want it. */
  placed(name: string, tensor: OrtTensor): OrtTensor {
    if (!this.memory || !this.names.has(name)) return tensor;
    return new this.runtime.Tensor("float32", this.memory.take(tensor.data as Float32Array), tensor.dims);
  }

  /** @param values what a run was given and has computed */
  run(values: Present): void {
    for (const update of this.updates.map((prepared) => prepared(values))) update();
  }

  private prepare(update: Update): Prepared {
    const { reads, writes, unless } = update;
    const loop = this.inWebAssembly(update) ?? inJavaScript(update);
    const rest = unless && this.prepare(unless.rest);
    return (values) => {
      const dataOf = (name: string) => (values.get(name) ?? this.state.get(name))?.data as Float32Array;
      if (rest && dataOf(reads[unless.read].name)[0] === 0) return rest(values);
      // Another loop may change a number that this one reads: it is read now.
      const operands = reads.map(({ name, single }) => (single ? dataOf(name).slice() : dataOf(name)));
      return () => loop([...operands, ...writes.map(dataOf)]);
    };
  }

  private inWebAssembly(update: Update): ((arrays: readonly Float32Array[]) => void) | undefined {
    const { module, reads, size } = update;
    if (!this.memory || !module || !arraysOf(update).every((name) => this.names.has(name))) return undefined;
    const run = this.memory.start(module);
    return (arrays) =>
      run(size, ...arrays.map((array, i) => (reads[i]?.single ? array[0] : array.byteOffset)));
  }
}

function inJavaScript({ size, reads, writes, statements, results }: Update) {
  const walks = [...reads.map(({ single }) => (single ? 0 : 1)), ...writes.map(() => 1)];
  const nest = nestOverAxes(
    [size],
    walks.map((stride) => ({ offset: 0, strides: [stride] })),
  );
  return compileLoops(nest, { reads: reads.length, writes: writes.length, statements, results });
}
