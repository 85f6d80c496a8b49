// External data: weights that an ONNX file keeps in another file, brought into it.
import { field, fieldsOf, joined, textOf } from "./fields.js";
import type { ForeignAttribute, ForeignGraph, ForeignModel, ForeignNode, ForeignTensor } from "./model.js";
import { readTensor } from "./model.js";

/** Reads a part of a file beside the model. @param length undefined: all that follows */
export type ReadExternal = (location: string, offset: number, length: number | undefined) => Uint8Array;

/** A model whose tensors hold their data themselves. */
export function selfContained(model: ForeignModel, read: ReadExternal): ForeignModel {
  return { ...model, graph: graphWithData(model.graph, read) };
}

/** The files beside the model that hold its weights, each once. */
export function locationsOf(model: ForeignModel): string[] {
  const locations = new Set<string>();
  selfContained(model, (location) => {
    locations.add(location);
    return new Uint8Array();
  });
  return [...locations];
}

function graphWithData(graph: ForeignGraph, read: ReadExternal): ForeignGraph {
  return {
    ...graph,
    nodes: graph.nodes.map((node): ForeignNode => {
      if (!node.attributes.some(mayHoldData)) return node;
      return { ...node, attributes: node.attributes.map((attribute) => attributeWithData(attribute, read)) };
    }),
    initializers: graph.initializers.map((tensor) => tensorWithData(tensor, read)),
  };
}

const mayHoldData = ({ bytes, graphs }: ForeignAttribute) =>
  graphs.length > 0 || [...fieldsOf(bytes)].some(({ number }) => number === 5);

function attributeWithData(attribute: ForeignAttribute, read: ReadExternal): ForeignAttribute {
  const parts = [...fieldsOf(attribute.bytes)].flatMap(({ number, bytes, raw }) => {
    if (number !== 5) return [raw];
    const tensor = readTensor(bytes);
    const whole = tensorWithData(tensor, read);
    return whole === tensor ? [raw] : field(5, [whole.bytes]);
  });
  return { ...attribute, bytes: joined(parts), graphs: attribute.graphs.map((g) => graphWithData(g, read)) };
}

function tensorWithData(tensor: ForeignTensor, read: ReadExternal): ForeignTensor {
  const fields = [...fieldsOf(tensor.bytes)];
  const entries = fields.filter(({ number }) => number === 13);
  if (entries.length === 0) return tensor;
  const found = new Map(
    entries.map(({ bytes }) => {
      const parts = [...fieldsOf(bytes)];
      const part = (number: number) =>
        textOf(parts.find((field) => field.number === number)?.bytes ?? new Uint8Array());
      return [part(1), part(2)];
    }),
  );
  const length = found.get("length");
  const data = read(
    found.get("location") ?? "",
    Number(found.get("offset") ?? 0),
    length === undefined ? undefined : Number(length),
  );
  const kept = fields.filter(({ number }) => number !== 13 && number !== 14).map(({ raw }) => raw);
  return { ...tensor, bytes: joined([...kept, ...field(9, [data])]) };
}
