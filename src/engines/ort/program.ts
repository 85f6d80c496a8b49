// OrtProgram: a model that is fed the session's values, and the updates that follow its runs.
import { UserError } from "../../base/errors.js";
import type { Graph, ValueInfo } from "../../graph/graph.js";
import { inferShapes } from "../../graph/shapes.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Computing } from "../constant-program.js";
import type { Tensors } from "../engine.js";
import { InPlace } from "./in-place.js";
import { type Prepared, prepare, readAs } from "./prepare.js";
import { type InferenceSession, load, type OrtTensor, type Runtime } from "./runtime.js";
import { fromOrt, toOrt } from "./tensors.js";
import type { Values } from "./values.js";

let programs = 0;

export class OrtProgram implements Computing {
  private readonly id = ++programs;
  private readonly updates: InPlace;
  /** Outputs of the model that are values, or of which updates read all elements: → where they lie. */
  private readonly places = new Map<string, string>();
  /** The shapes in which the model gives those, once that is known. */
  private readonly shapes = new Map<string, readonly number[]>();
  /** Outputs of the model of which updates read one number. */
  private readonly numbers: readonly string[];
  /** Values that take a model's output when the run has ended: the model reads them, or others take it too. */
  private readonly copies: readonly (readonly [name: string, output: string])[];
  /** Inputs of which updates read all elements: → where these are brought. */
  private readonly given: readonly (readonly [input: string, value: string])[];

  private constructor(
    private readonly runtime: Runtime,
    private readonly values: Values,
    graph: Graph,
    prepared: Prepared,
    private readonly model: InferenceSession | undefined,
  ) {
    const fed = new Set(model?.inputNames);
    const made = new Set(model?.outputNames);
    const returned = new Set(graph.outputs.map(({ name }) => name));
    const reads = prepared.updates.flatMap(readsOf);
    for (const { name } of reads) fed.add(name);
    const copies: [string, string][] = [];
    for (const [name, output] of prepared.next) {
      if (fed.has(name) || returned.has(output) || this.places.has(output)) copies.push([name, output]);
      else this.places.set(output, name);
    }
    this.copies = copies;
    const infos = inferShapes(graph);
    const own = new Map<string, string>();
    const numbers = new Set<string>();
    for (const { name, single, size } of reads) {
      if (values.has(name)) continue;
      if (single) {
        if (made.has(name)) numbers.add(name);
        continue;
      }
      const type = infos.get(name)?.type ?? "float32";
      own.set(name, this.places.get(name) ?? this.ownValue(name, { name, type, shape: [size] }));
    }
    this.numbers = [...numbers];
    this.updates = new InPlace(
      prepared.updates.map((update) => readAs(update, own)),
      values,
    );
    for (const [name, place] of own) if (made.has(name)) this.places.set(name, place);
    this.given = [...own].filter(([name]) => !made.has(name));
  }

  static async open(runtime: Runtime, values: Values, graph: Graph): Promise<OrtProgram> {
    const prepared = prepare(graph, runtime.kernels);
    const model = prepared.model && (await load(runtime, prepared.model));
    return new OrtProgram(runtime, values, graph, prepared, model);
  }

  async run(inputs: Tensors, fetch: readonly string[]): Promise<Tensors> {
    const { values, updates } = this;
    for (const [input, value] of this.given) values.set(value, this.input(inputs, input).data);
    const results = await this.runModel(inputs, fetch);
    const numbers = new Map<string, Float32Array>();
    for (const [name, { data }] of Object.entries(inputs)) numbers.set(name, data as Float32Array);
    for (const [name, { data }] of results) numbers.set(name, data as Float32Array);
    updates.run(numbers);
    for (const [name, output] of this.copies) {
      const data = results.get(output)?.data ?? values.data(this.places.get(output) ?? "");
      values.set(name, data as Float32Array);
    }
    return Object.fromEntries(fetch.map((name) => [name, fromOrt(results.get(name) as OrtTensor)]));
  }

  async close(): Promise<void> {
    await this.model?.release();
    for (const [, value] of [...this.places, ...this.given])
      if (value.startsWith(`${this.id} `)) this.values.drop(value);
  }

  /** Writes the profile that the model was opened with. */
  endProfiling(): void {
    this.model?.endProfiling();
  }

  /** What the model gives, save what it has written to its place. */
  private async runModel(inputs: Tensors, fetch: readonly string[]): Promise<Map<string, OrtTensor>> {
    const { model, runtime, values } = this;
    if (!model) return new Map();
    const feeds: Record<string, OrtTensor> = {};
    for (const name of model.inputNames) {
      const given = inputs[name];
      feeds[name] =
        given || !values.has(name) ? toOrt(runtime.ort, this.input(inputs, name)) : values.tensor(name);
    }
    const fetches: Record<string, OrtTensor | null> = {};
    for (const name of [...fetch, ...this.numbers, ...this.copies.map(([, output]) => output)]) {
      if (!this.places.has(name)) fetches[name] = null;
    }
    for (const [output, value] of this.places) {
      const shape = runtime.fillsOutputs ? this.shapes.get(output) : undefined;
      fetches[output] = shape ? values.tensor(value, shape) : null;
    }
    const results = new Map(Object.entries(await model.run(feeds, fetches)));
    for (const [output, value] of this.places) {
      const result = results.get(output) as OrtTensor;
      if (fetches[output] === null) values.set(value, result.data as Float32Array);
      this.shapes.set(output, result.dims);
      results.delete(output);
    }
    return results;
  }

  private input(inputs: Tensors, name: string): Tensor {
    const tensor = inputs[name];
    if (!tensor) throw new UserError(`Input ${name} is missing.`);
    return tensor;
  }

  /** A value that no other program knows. */
  private ownValue(name: string, { type, shape }: ValueInfo): string {
    const value = `${this.id} ${name}`;
    this.values.define(value, { type, shape: shape.map(Number) });
    return value;
  }
}

/** All that an update reads, in whichever form it is done. */
function readsOf(update: Prepared["updates"][number]): { name: string; single: boolean; size: number }[] {
  const { reads, size, unless } = update;
  return [...reads.map((read) => ({ ...read, size })), ...(unless ? readsOf(unless.rest) : [])];
}
