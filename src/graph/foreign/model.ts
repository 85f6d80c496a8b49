// ForeignModel: an ONNX file whose operators need not be known: its values by name, the rest as bytes.
//
// What such a file computes is only ever run, by ONNX Runtime. So nothing of it is lost here: operators of any domain,
// weights of any type, subgraphs, functions. Field numbers are those of onnx.proto.
import { UserError } from "../../base/errors.js";
import type { Dimension } from "../graph.js";
import { type Field, fieldsOf, textOf, varintsOf } from "./fields.js";

export interface ForeignValue {
  readonly name: string;
  /** ONNX's number of the element type; 0 where it is no tensor or not told. */
  readonly code: number;
  /** Undefined where it is not told. */
  readonly shape: readonly Dimension[] | undefined;
}

export interface ForeignTensor {
  readonly name: string;
  readonly code: number;
  readonly shape: readonly number[];
  /** The TensorProto. */
  readonly bytes: Uint8Array;
}

export interface ForeignAttribute {
  readonly name: string;
  /** The AttributeProto. */
  readonly bytes: Uint8Array;
  readonly graphs: readonly ForeignGraph[];
}

export interface ForeignNode {
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly ForeignAttribute[];
}

export interface ForeignGraph {
  readonly nodes: readonly ForeignNode[];
  readonly initializers: readonly ForeignTensor[];
  /** SparseTensorProtos. */
  readonly sparse: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly inputs: readonly ForeignValue[];
  readonly outputs: readonly ForeignValue[];
}

export interface ForeignModel {
  readonly irVersion: number;
  /** Domain → version; ONNX's own is "". */
  readonly opsets: ReadonlyMap<string, number>;
  /** FunctionProtos. */
  readonly functions: readonly Uint8Array[];
  readonly graph: ForeignGraph;
}

/** ONNX's own domain has two names. */
export const domainOf = (name: string): string => (name === "ai.onnx" ? "" : name);

/**
 * Reads an ONNX model of any operator set.
 * @throws UserError for bytes that are no ONNX model
 */
export function readForeign(bytes: Uint8Array, source: string): ForeignModel {
  let irVersion = 0;
  let graph: ForeignGraph | undefined;
  const opsets = new Map<string, number>();
  const functions: Uint8Array[] = [];
  try {
    // Node's Buffers slice otherwise than other arrays of bytes.
    for (const field of fieldsOf(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
      if (field.number === 1) irVersion = Number(field.value);
      else if (field.number === 7) graph = readGraph(field.bytes);
      else if (field.number === 8) {
        const fields = [...fieldsOf(field.bytes)];
        const version = fields.find(({ number }) => number === 2)?.value ?? 0n;
        opsets.set(domainOf(textIn(fields, 1)), Number(version));
      } else if (field.number === 25) functions.push(field.bytes);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${source} is not an ONNX file, or it is damaged. (${reason})`);
  }
  if (graph === undefined || graph.nodes.length === 0) {
    throw new UserError(`${source} is not an ONNX file: it holds no graph.`);
  }
  return { irVersion, opsets, functions, graph };
}

function textIn(fields: readonly Field[], number: number): string {
  return textOf(fields.find((field) => field.number === number)?.bytes ?? new Uint8Array());
}

function readGraph(bytes: Uint8Array): ForeignGraph {
  const nodes: ForeignNode[] = [];
  const initializers: ForeignTensor[] = [];
  const sparse: { name: string; bytes: Uint8Array }[] = [];
  const inputs: ForeignValue[] = [];
  const outputs: ForeignValue[] = [];
  for (const { number, bytes: content } of fieldsOf(bytes)) {
    if (number === 1) nodes.push(readNode(content));
    else if (number === 5) initializers.push(readTensor(content));
    else if (number === 11) inputs.push(readValue(content));
    else if (number === 12) outputs.push(readValue(content));
    else if (number === 15) {
      const values = [...fieldsOf(content)].find((field) => field.number === 1)?.bytes ?? new Uint8Array();
      sparse.push({ name: readTensor(values).name, bytes: content });
    }
  }
  // Before IR version 4 initializers were listed among the inputs too.
  const held = new Set([...initializers, ...sparse].map(({ name }) => name));
  return { nodes, initializers, sparse, inputs: inputs.filter(({ name }) => !held.has(name)), outputs };
}

function readNode(bytes: Uint8Array): ForeignNode {
  const node = { op: "", domain: "", name: "", overload: "" };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: ForeignAttribute[] = [];
  for (const { number, bytes: content } of fieldsOf(bytes)) {
    if (number === 1) inputs.push(textOf(content));
    else if (number === 2) outputs.push(textOf(content));
    else if (number === 3) node.name = textOf(content);
    else if (number === 4) node.op = textOf(content);
    else if (number === 5) attributes.push(readAttribute(content));
    else if (number === 7) node.domain = domainOf(textOf(content));
    else if (number === 8) node.overload = textOf(content);
  }
  return { ...node, inputs, outputs, attributes };
}

function readAttribute(bytes: Uint8Array): ForeignAttribute {
  const fields = [...fieldsOf(bytes)];
  const graphs = fields.filter(({ number }) => number === 6 || number === 11);
  return { name: textIn(fields, 1), bytes, graphs: graphs.map((field) => readGraph(field.bytes)) };
}

export function readTensor(bytes: Uint8Array): ForeignTensor {
  let name = "";
  let code = 0;
  const shape: number[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) shape.push(...varintsOf(field).map(Number));
    else if (field.number === 2) code = Number(field.value);
    else if (field.number === 8) name = textOf(field.bytes);
  }
  return { name, code, shape, bytes };
}

function readValue(bytes: Uint8Array): ForeignValue {
  const fields = [...fieldsOf(bytes)];
  const type = fields.find(({ number }) => number === 2)?.bytes ?? new Uint8Array();
  const tensor = [...fieldsOf(type)].find(({ number }) => number === 1)?.bytes ?? new Uint8Array();
  const parts = [...fieldsOf(tensor)];
  const shape = parts.find(({ number }) => number === 2);
  return {
    name: textIn(fields, 1),
    code: Number(parts.find(({ number }) => number === 1)?.value ?? 0n),
    shape: shape && [...fieldsOf(shape.bytes)].map((field, i) => readDimension(field.bytes, i)),
  };
}

function readDimension(bytes: Uint8Array, index: number): Dimension {
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) return Number(field.value) > 0 ? Number(field.value) : `dim${index}`;
    if (field.number === 2) return textOf(field.bytes) || `dim${index}`;
  }
  return `dim${index}`;
}

/** All values that a node reads, in its subgraphs too. */
export function readsOf(node: ForeignNode): string[] {
  const inner = node.attributes.flatMap(({ graphs }) => graphs).flatMap(namesIn);
  return [...node.inputs, ...inner].filter((name) => name !== "");
}

/** Every name of a value in a graph and its subgraphs. */
export function namesIn({ nodes, initializers, sparse, inputs, outputs }: ForeignGraph): string[] {
  const listed = [...initializers, ...sparse, ...inputs, ...outputs].map(({ name }) => name);
  return [...listed, ...nodes.flatMap((node) => [...readsOf(node), ...node.outputs])];
}

/** The part of a model that makes these values, which become its outputs. */
export function cutTo(model: ForeignModel, outputs: readonly ForeignValue[]): ForeignModel {
  const used = new Set(outputs.map(({ name }) => name));
  const { graph } = model;
  const nodes = graph.nodes
    .toReversed()
    .filter((node) => {
      if (!node.outputs.some((output) => used.has(output))) return false;
      for (const name of readsOf(node)) used.add(name);
      return true;
    })
    .reverse();
  const wanted = <T extends { readonly name: string }>(list: readonly T[]) =>
    list.filter(({ name }) => used.has(name));
  return {
    ...model,
    graph: {
      nodes,
      outputs,
      initializers: wanted(graph.initializers),
      sparse: wanted(graph.sparse),
      inputs: wanted(graph.inputs),
    },
  };
}
