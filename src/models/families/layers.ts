// Layers: what networks are built of, under their publishers' names; weights are zero until they are loaded.
import { GraphBuilder } from "../../graph/builder.js";
import type { Attribute } from "../../graph/graph.js";
import { Graph } from "../../graph/graph.js";
import { float32, sizeOf } from "../../graph/tensor.js";

export type Activation =
  | "relu"
  | "gelu"
  | "gelu-tanh"
  | "quick-gelu"
  | "silu"
  | "hard-swish"
  | "hard-sigmoid"
  | "sigmoid";

interface Convolution {
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
  /** On each side; default: half of the kernel. */
  readonly pad?: number;
  readonly groups?: number;
  readonly bias?: boolean;
}

export class Layers {
  readonly builder = new GraphBuilder(new Graph());

  /** The input, `input`. */
  input(): string {
    return this.builder.input({ name: "input", type: "float32", shape: ["N", 3, "H", "W"] });
  }

  weight(name: string, ...shape: number[]): string {
    return this.builder.initializer(name, float32(shape, new Float32Array(sizeOf(shape))));
  }

  node(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
  ): string {
    return this.builder.node(op, inputs, { name, attributes });
  }

  conv(name: string, x: string, { from, to, kernel, stride = 1, groups = 1, ...more }: Convolution): string {
    const { pad = (kernel - 1) / 2, bias = false } = more;
    const inputs = [x, this.weight(`${name}.weight`, to, from / groups, kernel, kernel)];
    if (bias) inputs.push(this.weight(`${name}.bias`, to));
    return this.node("Conv", name, inputs, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group: groups,
    });
  }

  /** x · weightᵀ + bias over the last dimension; the weight is [to, from], as in PyTorch. */
  linear(name: string, x: string, from: number, to: number, { bias = true } = {}): string {
    const weight = this.weight(`${name}.weight`, to, from);
    const turned = this.node("Transpose", `${name}.turned`, [weight], { perm: [1, 0] });
    const product = this.node("MatMul", bias ? `${name}.product` : name, [x, turned]);
    return bias ? this.node("Add", name, [product, this.weight(`${name}.bias`, to)]) : product;
  }

  batchNorm(name: string, x: string, width: number, { epsilon = 1e-5, momentum = 0.1 } = {}): string {
    const parts = ["weight", "bias", "running_mean", "running_var"].map((part) =>
      this.weight(`${name}.${part}`, width),
    );
    // ONNX's momentum is the share of the old statistics, PyTorch's that of the new ones.
    const attributes = { epsilon: { float: epsilon }, momentum: { float: 1 - momentum } };
    return this.node("BatchNormalization", name, [x, ...parts], attributes);
  }

  /** Over the last dimension. */
  layerNorm(name: string, x: string, width: number, epsilon: number): string {
    const inputs = [x, this.weight(`${name}.weight`, width), this.weight(`${name}.bias`, width)];
    return this.node("LayerNormalization", name, inputs, { axis: -1, epsilon: { float: epsilon } });
  }

  add(name: string, a: string, b: string): string {
    return this.node("Add", name, [a, b]);
  }

  mul(name: string, a: string, b: string): string {
    return this.node("Mul", name, [a, b]);
  }

  scaled(name: string, x: string, factor: number): string {
    return this.mul(name, x, this.builder.scalar(factor, `${name}.factor`));
  }

  reshape(name: string, x: string, shape: readonly number[]): string {
    return this.node("Reshape", name, [x, this.builder.ints(shape, `${name}.shape`)]);
  }

  transpose(name: string, x: string, perm: readonly number[]): string {
    return this.node("Transpose", name, [x], { perm });
  }

  activation(kind: Activation, name: string, x: string): string {
    switch (kind) {
      case "relu":
        return this.node("Relu", name, [x]);
      case "sigmoid":
        return this.node("Sigmoid", name, [x]);
      case "hard-sigmoid":
        return this.node("HardSigmoid", name, [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
      case "hard-swish":
        return this.node("HardSwish", name, [x]);
      case "silu":
        return this.mul(name, x, this.node("Sigmoid", `${name}.gate`, [x]));
      case "quick-gelu":
        return this.mul(
          name,
          x,
          this.node("Sigmoid", `${name}.gate`, [this.scaled(`${name}.sharp`, x, 1.702)]),
        );
      case "gelu":
        return this.gelu(name, x);
      case "gelu-tanh":
        return this.geluTanh(name, x);
    }
  }

  /** x · ½ (1 + erf(x / √2)) (Hendrycks and Gimpel 2016, arXiv:1606.08415). */
  private gelu(name: string, x: string): string {
    const constant = (value: number, part: string) => this.builder.scalar(value, `${name}.${part}`);
    const inner = this.node("Div", `${name}.inner`, [x, constant(Math.SQRT2, "root")]);
    const one = this.add(`${name}.one`, this.node("Erf", `${name}.erf`, [inner]), constant(1, "unit"));
    return this.mul(name, this.mul(`${name}.twice`, x, one), constant(0.5, "half"));
  }

  /** Its approximation, x · ½ (1 + tanh(√(2/π) (x + 0.044715 x³))). */
  private geluTanh(name: string, x: string): string {
    const constant = (value: number, part: string) => this.builder.scalar(value, `${name}.${part}`);
    const square = this.mul(`${name}.square`, x, x);
    const cube = this.mul(`${name}.cube`, square, x);
    const sum = this.add(`${name}.sum`, x, this.scaled(`${name}.small`, cube, 0.044715));
    const bent = this.node("Tanh", `${name}.tanh`, [
      this.scaled(`${name}.inner`, sum, Math.sqrt(2 / Math.PI)),
    ]);
    const one = this.add(`${name}.one`, bent, constant(1, "unit"));
    return this.mul(name, this.mul(`${name}.twice`, x, one), constant(0.5, "half"));
  }

  /** Makes the value the output `features`. */
  finish(value: string, width: number): Graph {
    this.builder.node("Identity", [value], { name: "features", outputs: ["features"] });
    this.builder.output({ name: "features", type: "float32", shape: ["N", width] });
    return this.builder.graph;
  }

  /** The mean over places, [N, width]. */
  pooled(x: string): string {
    const average = this.node("GlobalAveragePool", "avgpool", [x]);
    return this.node("Flatten", "flatten", [average], { axis: 1 });
  }
}
