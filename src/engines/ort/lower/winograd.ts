// Winograd's minimal filtering F(4×4, 3×3) of standard operators: 3 × 3 convolutions and their gradients with a
// quarter of the products.
//
// Y = Aᵀ[(G W Gᵀ) ⊙ (Bᵀ X B)]A over tiles of 4 × 4 outputs and 6 × 6 inputs (Lavin and Gray, arXiv:1509.09308, section
// 4.3, with the matrices of its points 0, ±1, ±2, ∞). Summed over channels, the ⊙ is a matrix product for each of the
// 36 places in a tile. The transformation of all tiles of an axis at once is one matrix: T = L·X·R. A gradient goes
// through the transposed ones: dM = Aᵀ's of dY, dX = Bᵀ's of Uᵀ·dM, dW = Gᵀ(Σ dM·Vᵀ)G; so it takes what the forward
// pass has transformed.
import { type Window, windowOf } from "../../../graph/convolution.js";
import type { Node } from "../../../graph/graph.js";
import { float32 } from "../../../graph/tensor.js";
import { fixed, type LoweringContext, reshape } from "./lowering.js";

/** Outputs and inputs of a tile along an axis. */
const OUT = 4;
const IN = 6;

/** Bᵀ, by rows. */
const INPUT = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
/** Aᵀ. */
const OUTPUT = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];
/** G. */
const KERNEL = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];

type Matrix = readonly (readonly number[])[];

const matrix = (rows: number, columns: number, at: (row: number, column: number) => number): Matrix =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => at(row, column)));
const transposed = (of: Matrix): Matrix => matrix(of[0].length, of.length, (row, column) => of[column][row]);

/** Along one axis: all positions → the places of all tiles, place by place. */
function inputMatrix(size: number, before: number, tiles: number): Matrix {
  return matrix(IN * tiles, size, (row, position) => {
    const tap = position + before - OUT * (row % tiles);
    return INPUT[Math.floor(row / tiles)][tap] ?? 0;
  });
}

/** Along one axis: the places of all tiles → all positions of the output. */
function outputMatrix(size: number, tiles: number): Matrix {
  return matrix(size, IN * tiles, (position, column) =>
    Math.floor(position / OUT) === column % tiles ? OUTPUT[position % OUT][Math.floor(column / tiles)] : 0,
  );
}

/** A convolution of one group. */
export interface Convolution {
  readonly window: Window;
  /** Filters, channels, kernel height and width. */
  readonly weight: readonly number[];
  /** Height and width. */
  readonly inputSize: readonly [number, number];
  readonly outputSize: readonly [number, number];
}

/** That of a node, by the values that are its input, weights and output (or have their shapes). */
export function convolutionOf(
  node: Node,
  x: string,
  w: string,
  y: string,
  { shape }: LoweringContext,
): Convolution {
  const weight = shape(w).shape.map(Number);
  const sizeOf = (value: string) => [fixed(shape(value), 2), fixed(shape(value), 3)] as const;
  return { window: windowOf(node, weight.slice(2)), weight, inputSize: sizeOf(x), outputSize: sizeOf(y) };
}

/** Fewer channels or more positions leave too little to multiply for what the transformations cost (measured). */
const LEAST_CHANNELS = 128;
const MOST_POSITIONS = 800;

export function suitsWinograd({ window, weight, outputSize: [height, width] }: Convolution): boolean {
  const [filters, channels, ...kernel] = weight;
  return (
    kernel.every((size) => size === 3) &&
    [...window.strides, ...window.dilations].every((size) => size === 1) &&
    Math.min(filters, channels) >= LEAST_CHANNELS &&
    height * width <= MOST_POSITIONS
  );
}

export class Winograd {
  private readonly tiles: readonly [number, number];
  /** From positions to places, height and width, of the input; and back, of the output. */
  private readonly into: readonly [Matrix, Matrix];
  private readonly back: readonly [Matrix, Matrix];

  constructor(
    private readonly context: LoweringContext,
    private readonly convolution: Convolution,
  ) {
    const { inputSize, outputSize, window } = convolution;
    const axes = [0, 1] as const;
    const [vertical, horizontal] = axes.map((axis) => Math.ceil(outputSize[axis] / OUT));
    this.tiles = [vertical, horizontal];
    const into = axes.map((axis) => inputMatrix(inputSize[axis], window.pads[axis], this.tiles[axis]));
    const back = axes.map((axis) => outputMatrix(outputSize[axis], this.tiles[axis]));
    this.into = [into[0], into[1]];
    this.back = [back[0], back[1]];
  }

  forward(x: string, w: string, name: string, output?: string): string {
    const [filters] = this.convolution.weight;
    const products = this.context.builder.node("MatMul", [this.kernel(w), this.input(x)], {
      name: `${name}.product`,
    });
    return this.fromTiles(products, filters, this.back, name, output);
  }

  inputGradient(dY: string, w: string, name: string, output: string): string {
    const [, channels] = this.convolution.weight;
    const { builder } = this.context;
    // ONNX Runtime makes the transposition part of the product.
    const exchanged = builder.node("Transpose", [this.kernel(w)], {
      name: `${name}.transpose`,
      attributes: { perm: [0, 1, 2, 4, 3] },
    });
    const products = builder.node("MatMul", [exchanged, this.outputGradient(dY)], {
      name: `${name}.product`,
    });
    const [vertical, horizontal] = this.into;
    return this.fromTiles(products, channels, [transposed(vertical), transposed(horizontal)], name, output);
  }

  weightGradient(dY: string, x: string, name: string, output: string): string {
    const { builder } = this.context;
    const { weight } = this.convolution;
    const byPlace = (value: string, channels: number) => {
      const together = builder.node("Transpose", [value], {
        name: `${value}.places`,
        attributes: { perm: [0, 2, 3, 1, 4] },
      });
      return reshape(builder, together, [IN * IN, channels, -1]);
    };
    const right = builder.node("Transpose", [byPlace(this.input(x), weight[1])], {
      name: `${name}.transpose`,
      attributes: { perm: [0, 2, 1] },
    });
    const products = builder.node("MatMul", [byPlace(this.outputGradient(dY), weight[0]), right], {
      name: `${name}.product`,
    });
    const places = reshape(builder, products, [IN * IN, -1]);
    const taps = builder.node("Gemm", [places, this.kernelMatrix()], { name, attributes: { transA: 1 } });
    return reshape(builder, taps, weight, output);
  }

  /** V of x, [6, tiles, 6, channels, images · tiles]. */
  private input(x: string): string {
    const { window, weight, outputSize } = this.convolution;
    const form = [window.pads, outputSize].join(" ");
    return this.once(`${x}.tiles ${form}`, () => this.intoTiles(x, weight[1], this.into, `${x}.tiles`));
  }

  /** dM of dY, of V's form. */
  private outputGradient(dY: string): string {
    const [vertical, horizontal] = this.back;
    const into = [transposed(vertical), transposed(horizontal)] as const;
    const name = `${dY}.gradient.tiles`;
    return this.once(name, () => this.intoTiles(dY, this.convolution.weight[0], into, name));
  }

  /** U of the weights, [6, 1, 6, filters, channels]. */
  private kernel(w: string): string {
    const { builder } = this.context;
    const [filters, channels] = this.convolution.weight;
    const name = `${w}.places`;
    return this.once(name, () => {
      const taps = reshape(builder, w, [-1, 9]);
      const places = builder.node("Gemm", [this.kernelMatrix(), taps], { name, attributes: { transB: 1 } });
      return reshape(builder, places, [IN, 1, IN, filters, channels]);
    });
  }

  /** G ⊗ G, [36, 9]. */
  private kernelMatrix(): string {
    const name = "winograd.kernel";
    return this.once(name, () => {
      const both = matrix(IN * IN, 9, (place, tap) => {
        const [u, v] = [Math.floor(place / IN), place % IN];
        return KERNEL[u][Math.floor(tap / 3)] * KERNEL[v][tap % 3];
      });
      return this.constant(both, name);
    });
  }

  /** [6, tiles, 6, channels, images · tiles] from [images, channels, height, width]. */
  private intoTiles(
    x: string,
    channels: number,
    [left, right]: readonly [Matrix, Matrix],
    name: string,
  ): string {
    const { builder } = this.context;
    const [vertical, horizontal] = this.tiles;
    const height = left[0].length;
    const rows = builder.node("MatMul", [x, this.constant(transposed(right), `${name}.right`)], { name });
    const split = reshape(builder, rows, [0, channels, height, IN, horizontal]);
    const turned = builder.node("Transpose", [split], { name, attributes: { perm: [2, 3, 1, 0, 4] } });
    const flat = reshape(builder, turned, [height, -1]);
    const product = builder.node("Gemm", [this.constant(left, `${name}.left`), flat], { name });
    return reshape(builder, product, [IN, vertical, IN, channels, -1]);
  }

  /** The other way. */
  private fromTiles(
    tiles: string,
    channels: number,
    [left, right]: readonly [Matrix, Matrix],
    name: string,
    output?: string,
  ): string {
    const { builder } = this.context;
    const [vertical, horizontal] = this.tiles;
    const flat = reshape(builder, tiles, [IN * vertical, -1]);
    const product = builder.node("Gemm", [this.constant(left, `${name}.left`), flat], {
      name: `${name}.rows`,
    });
    const split = reshape(builder, product, [left.length, IN, channels, -1, horizontal]);
    const turned = builder.node("Transpose", [split], {
      name: `${name}.turned`,
      attributes: { perm: [3, 2, 0, 1, 4] },
    });
    const rows = reshape(builder, turned, [0, channels, left.length, IN * horizontal]);
    return builder.node("MatMul", [rows, this.constant(transposed(right), `${name}.right`)], {
      name,
      outputs: output ? [output] : 1,
    });
  }

  private constant(of: Matrix, name: string): string {
    return this.context.builder.initializer(name, float32([of.length, of[0].length], of.flat()));
  }

  /** What a forward pass has made is there for the gradients. */
  private once(key: string, make: () => string): string {
    const { made } = this.context;
    const known = made.get(key) ?? make();
    made.set(key, known);
    return known;
  }
}
