// Arithmetic: what a loss computes as standard operators, in double, or in float32 where there is no double.
import type { GraphBuilder } from "../../builder.js";
import { elementTypes } from "../../onnx-types.js";
import { float32, tensor } from "../../tensor.js";

/**
 * Adds arithmetic to a graph. A loss takes N × labels numbers, next to nothing beside the network, and in double every
 * operator that it needs is exact enough in every engine. In float32, ONNX Runtime's Sigmoid, Log and Softplus are not, and
 * WGSL's `log` may be 2⁻²¹ off; so there logarithms near 1, and e^y − 1 near 0, are series.
 */
export class Arithmetic {
  constructor(
    private readonly builder: GraphBuilder,
    readonly type: "float32" | "float64",
  ) {}

  /** The operator applied to values; a number stands for a constant. */
  apply(op: string, ...inputs: readonly (string | number)[]): string {
    return this.builder.node(
      op,
      inputs.map((input) => (typeof input === "number" ? this.constant([], [input]) : input)),
      { name: `loss.${op}` },
    );
  }

  /** Below it e^−x is less than any number; above, its logarithm is finite. */
  get farthest(): number {
    return this.type === "float64" ? 700 : 104;
  }

  /** log(1 + v) for v in [−0.5, 1], to the last digits; ONNX has no log1p. */
  log1p(v: string): string {
    if (this.type === "float32") return this.log1pBySeries(v);
    const u = this.apply("Add", v, 1);
    // log u + (what rounding took from u)/u, to first order, and exactly v where u is 1.
    const lost = this.apply("Sub", v, this.apply("Sub", u, 1));
    return this.apply("Add", this.apply("Log", u), this.apply("Div", lost, u));
  }

  /** e^y − 1 for y ≤ 0, given z = e^y. ONNX has no expm1. */
  expm1(y: string, z: string): string {
    const minusOne = this.apply("Sub", z, 1);
    if (this.type === "float32") {
      // y + y²/2 + … + y⁸/8!: for y above −1/2 what is left out is less than 2⁻²⁶ of the sum.
      const terms = [1 / 40320, 1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1];
      const series = this.apply("Mul", this.polynomial(this.apply("Max", y, -0.5), terms), y);
      return this.apply("Where", this.apply("Less", -0.5, y), series, minusOne);
    }
    // (z − 1) − (what rounding added to z); z is e^y·(1 + δ), and log z − y is that δ.
    const added = this.apply("Mul", z, this.apply("Sub", this.apply("Log", z), y));
    return this.apply("Sub", minusOne, added);
  }

  /** log(1 + v) = 2·atanh(s) with s = v/(2 + v), |s| ≤ 1/3: 2·(s + s³/3 + … + s¹⁵/15). */
  private log1pBySeries(v: string): string {
    const s = this.apply("Div", v, this.apply("Add", v, 2));
    const square = this.apply("Mul", s, s);
    const odd = [15, 13, 11, 9, 7, 5, 3].map((n) => 2 / n);
    // 2·s apart from the rest, which is at most a ninth of it: so the last rounding is the only one that counts.
    const rest = this.apply("Mul", this.apply("Mul", s, square), this.polynomial(square, odd));
    return this.apply("Add", this.apply("Mul", s, 2), rest);
  }

  /** The polynomial with these coefficients, the highest first. */
  private polynomial(x: string, [first, ...others]: readonly number[]): string {
    return others.reduce<string | number>(
      (sum, coefficient) => this.apply("Add", this.apply("Mul", sum, x), coefficient),
      first,
    ) as string;
  }

  constant(shape: readonly number[], values: ArrayLike<number>): string {
    const value =
      this.type === "float64" ? tensor("float64", shape, Float64Array.from(values)) : float32(shape, values);
    return this.builder.initializer("loss.constant", value);
  }

  cast(value: string, type: "float32" | "float64", output?: string): string {
    return this.builder.node("Cast", [value], {
      name: "loss.Cast",
      attributes: { to: elementTypes[type].code },
      outputs: output ? [output] : 1,
    });
  }

  /** The sum of everything, a scalar. */
  sum(value: string): string {
    return this.builder.node("ReduceSum", [value], { name: "loss.ReduceSum", attributes: { keepdims: 0 } });
  }

  /** [N, labels] → [N, 1]. */
  sumOfRows(value: string): string {
    return this.builder.node("ReduceSum", [value, this.builder.ints([1], "loss.axes")], {
      name: "loss.ReduceSum",
      attributes: { keepdims: 1 },
    });
  }

  /** [N, 1] → [N]. */
  vector(rows: string): string {
    return this.builder.node("Squeeze", [rows, this.builder.ints([1], "loss.axes")], {
      name: "loss.Squeeze",
    });
  }

  /** N, from [N, 1]; a scalar. */
  rows(value: string): string {
    const length = this.builder.node("Shape", [this.vector(value)], { name: "loss.Shape" });
    return this.cast(this.builder.node("Squeeze", [length], { name: "loss.Squeeze" }), this.type);
  }
}
