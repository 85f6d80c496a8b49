// The cases of table.py: the graphs and inputs that they tell, and the comparison with PyTorch's digests.
import { readFileSync } from "node:fs";
import type { Tensors } from "../../src/engines/engine.js";
import { type Attribute, type Dimension, Graph, TRAINING } from "../../src/graph/graph.js";
import { inferShapes } from "../../src/graph/shapes.js";
import { type DataType, float32, int64, sizeOf, type Tensor, tensor } from "../../src/graph/tensor.js";

interface Spec {
  shape: Dimension[];
  type?: "float32" | "int64" | "bool" | "uint8";
  /** Drawn from this range; or integers below `below`; or these values; or else drawn bools. */
  range?: [number, number];
  below?: number;
  values?: (number | boolean)[];
  /** A part of the graph instead of an input. */
  constant?: boolean;
}

/** A tensor's norm and its products with drawn vectors. */
type Digest = number[];

interface Golden {
  outputs: { shape: number[]; digest: Digest }[];
  /** The outputs whose gradients are drawn, and the gradients of inputs that come of them. */
  seeds?: string[];
  gradients?: Record<string, Digest>;
}

interface GivenTensor {
  tensor: { type: "float32" | "int64"; shape: number[]; values: number[] };
}

export interface Case {
  name: string;
  inputs: Record<string, Spec>;
  nodes: {
    op: string;
    inputs: string[];
    outputs: string[];
    attributes: Record<string, Exclude<Attribute, { tensor: Tensor }> | GivenTensor>;
  }[];
  outputs: string[];
  /** Batch size → what PyTorch gives. */
  golden: Record<string, Golden>;
}

export function readCases(file: string): Case[] {
  return JSON.parse(readFileSync(new URL(`../../../test/golden/${file}`, import.meta.url), "utf8"));
}

/** Numbers in [0, 1) with 24 bits each; draw() of table.py draws the same. */
export function draw(seed: number, count: number): Float64Array {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return new Float64Array(count).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  });
}

function tensorOf(spec: Spec, seed: number, batch: number): Tensor {
  const shape = spec.shape.map((n) => (typeof n === "number" ? n : batch));
  const values = spec.values?.map(Number) ?? draw(seed, sizeOf(shape));
  switch (spec.type ?? "float32") {
    case "int64": {
      const { below } = spec;
      return int64(shape, below ? Array.from(values, (u) => Math.floor(u * below)) : [...values]);
    }
    case "uint8":
      return tensor("uint8", shape, Uint8Array.from(values));
    case "bool":
      return tensor(
        "bool",
        shape,
        Uint8Array.from(values, (v) => Number(spec.values ? v : v < 0.5)),
      );
    case "float32": {
      const [low, high] = spec.range ?? [0, 1];
      return float32(
        shape,
        values.map((u) => (spec.range ? low + (high - low) * u : u)),
      );
    }
  }
}

const ofTraining = /Gradient$|^BatchNormTraining$/;

/** The name that a value of a case has in the graph of several cases. */
export function nameOf({ name }: Case, value: string): string {
  return value && `${name}: ${value}`;
}

/** One graph of all the cases, side by side (to compile is dear); its outputs' types and shapes are inferred. */
export function graphOf(cases: readonly Case[]): Graph {
  const graph = new Graph();
  for (const one of cases) {
    for (const [key, spec] of Object.entries(one.inputs)) {
      const name = nameOf(one, key);
      if (spec.constant) graph.initializers.set(name, tensorOf(spec, 0, 0));
      else graph.inputs.push({ name, type: spec.type ?? "float32", shape: spec.shape });
    }
    for (const node of one.nodes) {
      graph.nodes.push({
        op: node.op,
        domain: ofTraining.test(node.op) ? TRAINING : "",
        name: nameOf(one, `node ${graph.nodes.length}`),
        inputs: node.inputs.map((input) => nameOf(one, input)),
        outputs: node.outputs.map((output) => nameOf(one, output)),
        attributes: Object.fromEntries(Object.entries(node.attributes).map(([k, v]) => [k, attribute(v)])),
      });
    }
  }
  const infos = inferShapes(graph);
  graph.outputs = cases.flatMap((one) =>
    one.outputs.map((output) => {
      const info = infos.get(nameOf(one, output));
      if (info === undefined) throw new Error(`The shape of "${nameOf(one, output)}" was not inferred.`);
      return info;
    }),
  );
  return graph;
}

function attribute(value: Case["nodes"][number]["attributes"][string]): Attribute {
  if (typeof value !== "object" || !("tensor" in value)) return value;
  const { type, shape, values } = value.tensor;
  return { tensor: type === "int64" ? int64(shape, values) : float32(shape, values) };
}

/** What a run of that graph with `batch` images brings. */
export function inputsOf(cases: readonly Case[], batch: number): Tensors {
  const tensors: Tensors = {};
  for (const one of cases) {
    for (const [i, [key, spec]] of Object.entries(one.inputs).entries()) {
      if (!spec.constant) tensors[nameOf(one, key)] = tensorOf(spec, i + 1, batch);
    }
  }
  return tensors;
}

/** The batch sizes that are tried on one compiled program. */
export const batches = [1, 2, 5];

/** What PyTorch gives with `batch` images; a case without a batch has one answer. */
export function goldenOf(one: Case, batch: number): Golden {
  return one.golden[batch] ?? one.golden[1];
}

/** The cases by what stands before the comma of their name: the operator. */
export function groupsOf(cases: readonly Case[]): Map<string, Case[]> {
  const groups = new Map<string, Case[]>();
  for (const one of cases) {
    const [name] = one.name.split(",");
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return groups;
}

/** The gradient of output number `index` of a case, where the walk back begins. */
export function seedOf(index: number, shape: readonly number[]): Tensor {
  return float32(
    shape,
    draw(1001 + index, sizeOf(shape)).map((u) => 2 * u - 1),
  );
}

/** The elements as numbers, whatever their type. */
export function numbers(tensor: Tensor): Float64Array {
  return tensor.type === "int64" ? Float64Array.from(tensor.data, Number) : Float64Array.from(tensor.data);
}

export function isFloating(type: DataType): boolean {
  return type === "float64" || type === "float32";
}

export function norm(x: Float64Array): number {
  return Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
}

/**
 * How far the tensor is from the one that the digest was made of: the largest difference, as a share of the
 * norm (of 1, if that is 0).
 */
export function distance(tensor: Tensor, digest: Digest): number {
  const x = numbers(tensor);
  const [expected, ...products] = digest;
  const differences = products.map((product, i) => {
    const vector = draw(9001 + i, x.length);
    return Math.abs(x.reduce((sum, v, k) => sum + v * (2 * vector[k] - 1), 0) - product);
  });
  return Math.max(Math.abs(norm(x) - expected), ...differences) / (expected || 1);
}

/** How far two tensors are from one another: the norm of their difference, as a share of the second's. */
export function distanceBetween(tensor: Tensor, expected: Tensor): number {
  const [x, y] = [numbers(tensor), numbers(expected)];
  return norm(x.map((v, i) => v - y[i])) / (norm(y) || 1);
}
