// ONNX files: reading and writing a Graph. Field numbers are those of onnx.proto (github.com/onnx/onnx, IR version 8).
import { PbfReader, PbfWriter } from "pbf";
import { UserError } from "../base/errors.js";
import { GraphBuilder } from "./builder.js";
import { field, joined, numberField, textField } from "./foreign/fields.js";
import { type Inlined, inlined } from "./foreign/inline.js";
import { FOREIGN } from "./foreign/node.js";
import { opsetField } from "./foreign/write.js";
import { type Attribute, type Dimension, Graph, type Node, OPSET, type ValueInfo } from "./graph.js";
import { bytesOf, elementTypes, tensorOfBytes, typeOfCode, zeros } from "./onnx-types.js";
import { sizeOf, type Tensor } from "./tensor.js";

const IR_VERSION = 8;
const OLDEST_OPSET = 13;
const NEWEST_OPSET = 21;
const attributeType = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

/**
 * Reads an ONNX model of operator set 13 to 21.
 * @param source what the bytes are, for messages
 * @throws UserError if the bytes are no such model
 */
export function readOnnx(bytes: Uint8Array, source = "the ONNX model"): Graph {
  const model = { graph: undefined as Graph | undefined, opset: 0 };
  try {
    new PbfReader(bytes).readFields((tag, result, pbf) => {
      if (tag === 7) result.graph = readGraph(pbf, source);
      else if (tag === 8) {
        const opset = pbf.readMessage(
          (field, o: { domain: string; version: number }, p) => {
            if (field === 1) o.domain = p.readString();
            else if (field === 2) o.version = p.readVarint();
          },
          { domain: "", version: 0 },
        );
        if (opset.domain === "" || opset.domain === "ai.onnx") result.opset = opset.version;
      }
    }, model);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${source} is not an ONNX file, or it is damaged (${String(error)}).`);
  }
  if (!model.graph || model.graph.nodes.length === 0) {
    throw new UserError(`${source} is not an ONNX file: it holds no graph.`);
  }
  if (model.opset < OLDEST_OPSET || model.opset > NEWEST_OPSET) {
    throw new UserError(
      `${source} has operator set ${model.opset}; sets ${OLDEST_OPSET} to ${NEWEST_OPSET} can be read. ` +
        `Export it again with opset_version=${OPSET}.`,
    );
  }
  return asOpset17(model.graph, source);
}

/** Since set 18 the axes of all reductions are an input; in set 17 they are an attribute. */
function asOpset17(graph: Graph, source: string): Graph {
  graph.nodes = graph.nodes.map((node) => {
    if (
      !/^Reduce(Mean|Max|Min|L1|L2|SumSquare|Prod|LogSum|LogSumExp)$/.test(node.op) ||
      node.inputs.length < 2
    )
      return node;
    const constant = graph.producers().get(node.inputs[1])?.attributes.value;
    const made = typeof constant === "object" && "tensor" in constant ? constant.tensor : undefined;
    const axes = graph.initializers.get(node.inputs[1]) ?? made;
    if (axes?.type !== "int64") {
      throw new UserError(`${source}: the axes of ${node.op} node "${node.name}" are not a constant.`);
    }
    return {
      ...node,
      inputs: [node.inputs[0]],
      attributes: { ...node.attributes, axes: Array.from(axes.data, Number) },
    };
  });
  return graph;
}

function readGraph(reader: PbfReader, source: string): Graph {
  const graph = reader.readMessage((tag, g: Graph, pbf) => {
    if (tag === 1) g.nodes.push(readNode(pbf, source, g.nodes.length));
    else if (tag === 2) g.name = pbf.readString();
    else if (tag === 5) {
      const { name, value } = readTensor(pbf, source);
      g.initializers.set(name, value);
    } else if (tag === 11) g.inputs.push(readValueInfo(pbf, source));
    else if (tag === 12) g.outputs.push(readValueInfo(pbf, source));
    else if (tag === 15) throw new UserError(`${source} has sparse weights, which are not supported.`);
  }, new Graph());
  // Before IR version 4 initializers were listed among the inputs too.
  graph.inputs = graph.inputs.filter((input) => !graph.initializers.has(input.name));
  return graph;
}

function readNode(reader: PbfReader, source: string, index: number): Node {
  const node = { op: "", domain: "", name: "", inputs: [] as string[], outputs: [] as string[] };
  const attributes: Record<string, Attribute> = {};
  reader.readMessage((tag, n, pbf) => {
    if (tag === 1) n.inputs.push(pbf.readString());
    else if (tag === 2) n.outputs.push(pbf.readString());
    else if (tag === 3) n.name = pbf.readString();
    else if (tag === 4) n.op = pbf.readString();
    else if (tag === 5) {
      const { name, value } = readAttribute(pbf, source);
      attributes[name] = value;
    } else if (tag === 7) n.domain = pbf.readString();
  }, node);
  if (node.domain === "ai.onnx") node.domain = "";
  if (!node.name) node.name = `${node.op}_${index}`;
  return { ...node, attributes };
}

function readAttribute(reader: PbfReader, source: string): { name: string; value: Attribute } {
  const fields = {
    name: "",
    type: 0,
    f: 0,
    i: 0,
    s: "",
    t: undefined as Tensor | undefined,
    floats: [] as number[],
    ints: [] as number[],
    strings: [] as string[],
  };
  reader.readMessage((tag, a, pbf) => {
    if (tag === 1) a.name = pbf.readString();
    else if (tag === 2) a.f = pbf.readFloat();
    else if (tag === 3) a.i = pbf.readVarint(true);
    else if (tag === 4) a.s = pbf.readString();
    else if (tag === 5) a.t = readTensor(pbf, source).value;
    else if (tag === 7) pbf.readPackedFloat(a.floats);
    else if (tag === 8) pbf.readPackedVarint(a.ints, true);
    else if (tag === 9) a.strings.push(pbf.readString());
    else if (tag === 20) a.type = pbf.readVarint();
  }, fields);
  const { name, type } = fields;
  if (type === attributeType.float) return { name, value: { float: fields.f } };
  if (type === attributeType.int) return { name, value: fields.i };
  if (type === attributeType.string) return { name, value: fields.s };
  if (type === attributeType.tensor && fields.t) return { name, value: { tensor: fields.t } };
  if (type === attributeType.floats) return { name, value: { floats: fields.floats } };
  if (type === attributeType.ints) return { name, value: fields.ints };
  if (type === attributeType.strings) return { name, value: { strings: fields.strings } };
  throw new UserError(
    `${source}: attribute ${name} has type ${type} (a subgraph, perhaps), which is not supported.`,
  );
}

function readTensor(reader: PbfReader, source: string): { name: string; value: Tensor } {
  const fields = {
    name: "",
    dims: [] as number[],
    code: 0,
    raw: undefined as Uint8Array | undefined,
    values: [] as number[],
    external: false,
  };
  reader.readMessage((tag, t, pbf) => {
    if (tag === 1) pbf.readPackedVarint(t.dims, true);
    else if (tag === 2) t.code = pbf.readVarint();
    else if (tag === 4) pbf.readPackedFloat(t.values);
    else if (tag === 5 || tag === 7) pbf.readPackedVarint(t.values, true);
    else if (tag === 8) t.name = pbf.readString();
    else if (tag === 9) t.raw = pbf.readBytes();
    else if (tag === 10) pbf.readPackedDouble(t.values);
    else if (tag === 13 || tag === 14) t.external = true;
  }, fields);
  const { name, dims, raw, values } = fields;
  if (fields.external && !raw) {
    throw new UserError(
      `${source} keeps its weights in a file of their own; save them inside the ONNX file.`,
    );
  }
  const type = typeOfCode(fields.code);
  if (!type)
    throw new UserError(
      `${source}: tensor ${name} has ONNX's element type ${fields.code}, which is not supported.`,
    );
  const size = sizeOf(dims);
  const found = raw ? raw.byteLength / elementTypes[type].array.BYTES_PER_ELEMENT : values.length;
  if (found !== size)
    throw new UserError(`${source}: tensor ${name} of shape [${dims}] holds ${found} elements.`);
  if (raw) return { name, value: tensorOfBytes(type, dims, raw) };
  const value = zeros(type, dims);
  if (value.type === "int64") value.data.set(values.map(BigInt));
  else value.data.set(values);
  return { name, value };
}

function readValueInfo(reader: PbfReader, source: string): ValueInfo {
  const info = { name: "", code: 0, shape: [] as Dimension[] };
  reader.readMessage((tag, value, pbf) => {
    if (tag === 1) value.name = pbf.readString();
    else if (tag === 2) {
      pbf.readMessage((field, _, p) => {
        if (field !== 1) return;
        p.readMessage((f, __, tensorType) => {
          if (f === 1) value.code = tensorType.readVarint();
          else if (f === 2) tensorType.readMessage(readDimension, value.shape);
        }, undefined);
      }, undefined);
    }
  }, info);
  const type = typeOfCode(info.code);
  if (!type)
    throw new UserError(
      `${source}: ${info.name} has ONNX's element type ${info.code}, which is not supported.`,
    );
  return { name: info.name, type, shape: info.shape };
}

function readDimension(tag: number, shape: Dimension[], pbf: PbfReader): void {
  if (tag !== 1) return;
  const dimension = { value: undefined as Dimension | undefined };
  pbf.readMessage((field, d, p) => {
    if (field === 1) d.value = p.readVarint(true);
    else if (field === 2) d.value = p.readString();
  }, dimension);
  shape.push(dimension.value ?? `dim${shape.length}`);
}

/**
 * Writes a graph as an ONNX model. Foreign models in it become part of the file: it then has the newest operator set
 * that one of them has. What `graph.state` says is not part of the file.
 * @param metadata the model's `metadata_props`
 */
export function writeOnnx(graph: Graph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const foreign = inlined(graph);
  const opset = Math.max(OPSET, foreign.opsets.get("") ?? 0);
  const own = opset > OPSET ? asOpset18(graph) : graph;
  const opsets = new Map([...own.nodes.map(({ domain }) => [domain, 1] as const), ...foreign.opsets]);
  opsets.set("", opset).delete(FOREIGN);
  return joined([
    numberField(1, Math.max(IR_VERSION, foreign.irVersion)),
    ...textField(2, "multihot"),
    ...field(7, graphPieces(own, foreign)),
    ...[...opsets].flatMap(([domain, version]) => opsetField(domain, version)),
    ...Object.entries(metadata).flatMap(([key, value]) =>
      field(14, [...textField(1, key), ...textField(2, value)]),
    ),
    ...foreign.functions.flatMap((bytes) => field(25, [bytes])),
  ]);
}

/** Since set 18 the axes of ReduceMean, ReduceMax and ReduceMin are an input. */
function asOpset18(graph: Graph): Graph {
  const changed = graph.clone();
  const builder = new GraphBuilder(changed);
  changed.nodes = graph.nodes.map((node) => {
    const { axes, ...attributes } = node.attributes;
    if (!/^Reduce(Mean|Max|Min)$/.test(node.op) || !Array.isArray(axes)) return node;
    return { ...node, inputs: [node.inputs[0], builder.ints(axes, `${node.name}.axes`)], attributes };
  });
  return changed;
}

/** The fields of a GraphProto. */
function graphPieces(graph: Graph, { bodies, files }: Inlined): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const written = (write: (pbf: PbfWriter) => void, size = 1024) => {
    const writer = new PbfWriter(new Uint8Array(size));
    write(writer);
    pieces.push(writer.finish());
  };
  for (const node of graph.nodes) {
    const body = bodies.get(node.name);
    if (body) pieces.push(...body);
    else written((pbf) => pbf.writeMessage(1, writeNode, node));
  }
  pieces.push(...textField(2, graph.name));
  for (const [name, value] of graph.initializers) {
    if (files.has(name)) continue;
    pieces.push(...field(5, tensorPieces(name, value)));
  }
  written((pbf) => {
    for (const input of graph.inputs) pbf.writeMessage(11, writeValueInfo, input);
    for (const output of graph.outputs) pbf.writeMessage(12, writeValueInfo, output);
  });
  return pieces;
}

/** The fields of a TensorProto, around the tensor's own memory. */
function tensorPieces(name: string, value: Tensor): Uint8Array[] {
  const head = new PbfWriter();
  head.writePackedVarint(1, [...value.shape]);
  head.writeVarintField(2, elementTypes[value.type].code);
  head.writeStringField(8, name);
  return [head.finish(), ...field(9, [bytesOf(value)])];
}

function writeNode(node: Node, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(1, input);
  for (const output of node.outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(3, node.name);
  pbf.writeStringField(4, node.op);
  for (const [name, value] of Object.entries(node.attributes))
    pbf.writeMessage(5, writeAttribute, { name, value });
  if (node.domain) pbf.writeStringField(7, node.domain);
}

function writeAttribute({ name, value }: { name: string; value: Attribute }, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  const kind = (type: keyof typeof attributeType) => pbf.writeVarintField(20, attributeType[type]);
  if (typeof value === "number") {
    pbf.writeVarintField(3, value);
    kind("int");
  } else if (typeof value === "string") {
    pbf.writeStringField(4, value);
    kind("string");
  } else if ("float" in value) {
    pbf.writeFloatField(2, value.float);
    kind("float");
  } else if ("floats" in value) {
    pbf.writePackedFloat(7, [...value.floats]);
    kind("floats");
  } else if ("strings" in value) {
    for (const text of value.strings) pbf.writeStringField(9, text);
    kind("strings");
  } else if ("tensor" in value) {
    pbf.writeMessage(5, writeTensor, { name: "", value: value.tensor });
    kind("tensor");
  } else {
    pbf.writePackedVarint(8, [...value]);
    kind("ints");
  }
}

function writeTensor({ name, value }: { name: string; value: Tensor }, pbf: PbfWriter): void {
  pbf.writePackedVarint(1, [...value.shape]);
  pbf.writeVarintField(2, elementTypes[value.type].code);
  pbf.writeStringField(8, name);
  pbf.writeBytesField(9, bytesOf(value));
}

function writeValueInfo(info: ValueInfo, pbf: PbfWriter): void {
  pbf.writeStringField(1, info.name);
  const shape = (_: undefined, p: PbfWriter) => {
    for (const dimension of info.shape) {
      p.writeMessage(
        1,
        (__, d) => {
          if (typeof dimension === "number") d.writeVarintField(1, dimension);
          else d.writeStringField(2, dimension);
        },
        undefined,
      );
    }
  };
  const tensorType = (_: undefined, p: PbfWriter) => {
    p.writeVarintField(1, elementTypes[info.type].code);
    p.writeMessage(2, shape, undefined);
  };
  pbf.writeMessage(2, (_, p) => p.writeMessage(1, tensorType, undefined), undefined);
}
