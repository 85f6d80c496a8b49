// Lifting: a model of an older operator set, as one of set 17, since a file has one set for all of its nodes.
//
// Source of what changed when: the operators' changelog (github.com/onnx/onnx, docs/Changelog.md). Between sets 13 and 17
// nothing did that a network for inference meets.
import { UserError } from "../../base/errors.js";
import { OPSET } from "../graph.js";
import { bytesOf, elementTypes } from "../onnx-types.js";
import { float32, int64, type Tensor } from "../tensor.js";
import { field, fieldsOf, joined, numberField, textField, varintsOf } from "./fields.js";
import type { ForeignAttribute, ForeignGraph, ForeignModel, ForeignNode, ForeignTensor } from "./model.js";

/** What ONNX Runtime reads. */
const OLDEST = 7;

/** @throws UserError for a set older than ONNX Runtime reads */
export function lifted(model: ForeignModel, source: string): ForeignModel {
  const version = model.opsets.get("") ?? OPSET;
  if (version < OLDEST) {
    throw new UserError(
      `${source} has operator set ${version}; sets from ${OLDEST} on can be run. Export it again with a newer one.`,
    );
  }
  const opsets = new Map(model.opsets).set("", Math.max(version, OPSET));
  if (version >= 13) return { ...model, opsets };
  return { ...model, opsets, graph: new Lifting(version, model.graph).graph() };
}

function attributeOf(node: ForeignNode, name: string): ForeignAttribute | undefined {
  return node.attributes.find((attribute) => attribute.name === name);
}

function intsIn({ bytes }: ForeignAttribute): number[] {
  return [...fieldsOf(bytes)]
    .filter(({ number }) => number === 8 || number === 3)
    .flatMap(varintsOf)
    .map(Number);
}

function floatsIn({ bytes }: ForeignAttribute): number[] {
  return [...fieldsOf(bytes)].flatMap(({ number, bytes: held, raw }) => {
    if (number === 2) return [new DataView(raw.slice(-4).buffer).getFloat32(0, true)];
    if (number !== 7) return [];
    const packed = (held.length > 0 ? held : raw.slice(-4)).slice();
    return [...new Float32Array(packed.buffer)];
  });
}

function tensorProto(name: string, value: Tensor): ForeignTensor {
  const bytes = joined([
    ...value.shape.map((d) => numberField(1, d)),
    numberField(2, elementTypes[value.type].code),
    ...textField(8, name),
    ...field(9, [bytesOf(value)]),
  ]);
  return { name, code: elementTypes[value.type].code, shape: value.shape, bytes };
}

function textAttribute(name: string, text: string): ForeignAttribute {
  const bytes = joined([...textField(1, name), ...textField(4, text), numberField(20, 3)]);
  return { name, bytes, graphs: [] };
}

function intAttribute(name: string, value: number): ForeignAttribute {
  const bytes = joined([...textField(1, name), numberField(3, value), numberField(20, 2)]);
  return { name, bytes, graphs: [] };
}

/** One graph's, with the constants that it gains; those of its subgraphs too. */
class Lifting {
  private readonly constants: ForeignTensor[] = [];
  private made = 0;

  constructor(
    private readonly version: number,
    private readonly from: ForeignGraph,
    private readonly prefix = "lifted",
  ) {}

  graph(): ForeignGraph {
    const nodes = this.from.nodes.flatMap((node) => this.node(this.inner(node)));
    return { ...this.from, nodes, initializers: [...this.from.initializers, ...this.constants] };
  }

  /** The node with its subgraphs lifted. */
  private inner(node: ForeignNode): ForeignNode {
    if (!node.attributes.some(({ graphs }) => graphs.length > 0)) return node;
    const attributes = node.attributes.map((attribute) => ({
      ...attribute,
      graphs: attribute.graphs.map((graph) =>
        new Lifting(this.version, graph, `${this.prefix}${this.made++}`).graph(),
      ),
    }));
    return { ...node, attributes };
  }

  private fresh(stem: string): string {
    return `${this.prefix}.${stem}${this.made++}`;
  }

  private constant(stem: string, value: Tensor): string {
    const name = this.fresh(stem);
    this.constants.push(tensorProto(name, value));
    return name;
  }

  private ints(values: readonly number[]): string {
    return this.constant("ints", int64([values.length], values));
  }

  private node(node: ForeignNode): ForeignNode[] {
    if (node.domain !== "") return [node];
    const { version } = this;
    const without = (...names: string[]) => node.attributes.filter(({ name }) => !names.includes(name));
    const moved = (name: string, index: number): ForeignNode => {
      const attribute = attributeOf(node, name);
      if (attribute === undefined) return { ...node };
      const inputs = [...node.inputs];
      while (inputs.length < index) inputs.push("");
      inputs[index] = this.ints(intsIn(attribute));
      return { ...node, inputs, attributes: without(name) };
    };
    const number = (name: string) => {
      const attribute = attributeOf(node, name);
      return attribute ? this.constant(name, float32([], floatsIn(attribute).slice(0, 1))) : "";
    };
    switch (node.op) {
      case "Squeeze":
      case "Unsqueeze":
      case "ReduceSum":
        return [moved("axes", 1)];
      case "Split":
        return [moved("split", 1)];
      case "Softmax":
      case "LogSoftmax":
      case "Hardmax":
        return this.softmax(node);
      case "Dropout":
        return version < 12
          ? [{ ...node, inputs: node.inputs.slice(0, 1), attributes: without("ratio") }]
          : [node];
      case "BatchNormalization":
        return [{ ...node, outputs: node.outputs.slice(0, 1), attributes: without("spatial", "is_test") }];
      case "Clip":
        if (version >= 11) return [node];
        return [
          {
            ...node,
            inputs: [node.inputs[0], number("min"), number("max")],
            attributes: without("min", "max"),
          },
        ];
      case "Pad": {
        if (version >= 11) return [node];
        const pads = this.ints(
          intsIn(attributeOf(node, "pads") ?? { name: "", bytes: new Uint8Array(), graphs: [] }),
        );
        return [
          { ...node, inputs: [node.inputs[0], pads, number("value")], attributes: without("pads", "value") },
        ];
      }
      case "Slice":
        return version < 10 ? [this.slice(node)] : [node];
      case "Upsample":
      case "Resize":
        return version < 11 ? [this.resize(node)] : [node];
      case "Scatter":
        return [{ ...node, op: "ScatterElements" }];
      default:
        return [node];
    }
  }

  /** Before set 13 a softmax runs over all axes from its own on, taken together. */
  private softmax(node: ForeignNode): ForeignNode[] {
    const [axis = 1] = intsIn(attributeOf(node, "axis") ?? { name: "", bytes: new Uint8Array(), graphs: [] });
    const own = { ...node, attributes: [intAttribute("axis", -1)] };
    if (axis === -1) return [own];
    const [x] = node.inputs;
    const [shape, flat, answer] = ["shape", "flat", "softmax"].map((stem) => this.fresh(stem));
    const step = (op: string, inputs: string[], output: string, attributes: ForeignAttribute[] = []) => ({
      ...node,
      op,
      name: output,
      inputs,
      outputs: [output],
      attributes,
    });
    return [
      step("Shape", [x], shape),
      step("Flatten", [x], flat, [intAttribute("axis", axis)]),
      { ...own, inputs: [flat], outputs: [answer] },
      step("Reshape", [answer, shape], node.outputs[0]),
    ];
  }

  private slice(node: ForeignNode): ForeignNode {
    const list = (name: string) => {
      const attribute = attributeOf(node, name);
      return attribute ? this.ints(intsIn(attribute)) : "";
    };
    const inputs = [node.inputs[0], list("starts"), list("ends"), list("axes")];
    return { ...node, inputs: inputs[3] === "" ? inputs.slice(0, 3) : inputs, attributes: [] };
  }

  private resize(node: ForeignNode): ForeignNode {
    const attribute = attributeOf(node, "scales");
    const list = attribute && floatsIn(attribute);
    const scales = list ? this.constant("scales", float32([list.length], list)) : node.inputs[1];
    const mode = node.attributes.filter(({ name }) => name === "mode");
    return {
      ...node,
      op: "Resize",
      inputs: [node.inputs[0], "", scales],
      attributes: [
        ...mode,
        textAttribute("coordinate_transformation_mode", "asymmetric"),
        textAttribute("nearest_mode", "floor"),
      ],
    };
  }
}
