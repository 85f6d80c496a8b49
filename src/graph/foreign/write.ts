// Writing foreign models: as files of their own, or their nodes and weights as a part of another file.

import { field, fieldsOf, joined, numberField, type Pieces, textField } from "./fields.js";
import {
  domainOf,
  type ForeignAttribute,
  type ForeignGraph,
  type ForeignModel,
  type ForeignNode,
  type ForeignValue,
} from "./model.js";

/** Name → new name; others stay. */
export type Renaming = (name: string) => string;
const same: Renaming = (name) => name;

/** The model as an ONNX file. */
export function writeForeign({ irVersion, opsets, functions, graph }: ForeignModel): Uint8Array {
  const imports = [...opsets].flatMap(([domain, version]) => opsetField(domain, version));
  return joined([
    numberField(1, irVersion),
    ...textField(2, "multihot"),
    ...field(7, [...textField(2, "multihot"), ...graphPieces(graph, same)]),
    ...imports,
    ...functions.flatMap((bytes) => field(25, [bytes])),
  ]);
}

/** An entry of ModelProto's opset_import. */
export function opsetField(domain: string, version: number): Uint8Array[] {
  return field(8, [...textField(1, domainOf(domain)), numberField(2, version)]);
}

/** The fields of a GraphProto without its name. */
function graphPieces(graph: ForeignGraph, renamed: Renaming): Uint8Array[] {
  return [
    ...bodyPieces(graph, renamed),
    ...graph.inputs.flatMap((value) => field(11, valuePieces(value, renamed))),
    ...graph.outputs.flatMap((value) => field(12, valuePieces(value, renamed))),
  ];
}

/** Nodes and weights, as fields of a GraphProto. */
export function bodyPieces({ nodes, initializers, sparse }: ForeignGraph, renamed: Renaming): Uint8Array[] {
  return [
    ...nodes.flatMap((node) => field(1, nodePieces(node, renamed))),
    ...initializers.flatMap(({ bytes, name }) => field(5, tensorPieces(bytes, renamed(name)))),
    ...sparse.flatMap(({ bytes, name }) => field(15, sparsePieces(bytes, renamed(name)))),
  ];
}

function nodePieces(node: ForeignNode, renamed: Renaming): Uint8Array[] {
  const now = (name: string) => (name === "" ? "" : renamed(name));
  return [
    ...node.inputs.flatMap((name) => textField(1, now(name))),
    ...node.outputs.flatMap((name) => textField(2, now(name))),
    ...textField(3, node.name),
    ...textField(4, node.op),
    ...node.attributes.flatMap((attribute) => field(5, attributePieces(attribute, renamed))),
    ...(node.domain ? textField(7, node.domain) : []),
    ...(node.overload ? textField(8, node.overload) : []),
  ];
}

function attributePieces({ bytes, graphs }: ForeignAttribute, renamed: Renaming): Pieces {
  if (graphs.length === 0) return [bytes];
  const rest = [...graphs];
  return [...fieldsOf(bytes)].flatMap(({ number, raw }) => {
    const graph = number === 6 || number === 11 ? rest.shift() : undefined;
    return graph === undefined
      ? [raw]
      : field(number, [...textField(2, "body"), ...graphPieces(graph, renamed)]);
  });
}

/** A TensorProto under another name. */
export function tensorPieces(bytes: Uint8Array, name: string): Uint8Array[] {
  const rest = [...fieldsOf(bytes)]
    .filter(({ number }) => number !== 8 && number !== 12)
    .map(({ raw }) => raw);
  return [...textField(8, name), ...rest];
}

function sparsePieces(bytes: Uint8Array, name: string): Uint8Array[] {
  return [...fieldsOf(bytes)].flatMap((part) =>
    part.number === 1 ? field(1, tensorPieces(part.bytes, name)) : [part.raw],
  );
}

function valuePieces({ name, code, shape }: ForeignValue, renamed: Renaming): Uint8Array[] {
  const dimensions = shape?.flatMap((dimension) =>
    field(1, typeof dimension === "number" ? [numberField(1, dimension)] : textField(2, dimension)),
  );
  const tensor = [numberField(1, code), ...(dimensions ? field(2, dimensions) : [])];
  // Without a type, what makes the value decides.
  const type = code === 0 ? [] : field(2, field(1, tensor));
  return [...textField(1, renamed(name)), ...type];
}
