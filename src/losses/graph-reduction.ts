// Reduction as part of a graph: the same as on typed arrays, in ONNX's standard operators.
import type { GraphBuilder } from "../graph/builder.js";
import { elementTypes } from "../graph/onnx-types.js";
import { tensor } from "../graph/tensor.js";
import { checkOptions } from "./inputs.js";
import type { LossOptions } from "./loss.js";
import type { MeanOver } from "./reduction.js";

/** The values of a graph that hold a loss and its gradient for the logits. */
export interface LossValues {
  readonly loss: string;
  readonly gradient: string;
  /** How many elements the loss is the mean of, in double; undefined where it is no mean. */
  readonly elements?: string;
}

/**
 * Adds double-precision arithmetic to a graph. A loss takes N × labels numbers, next to nothing beside the
 * network, and in double every operator that it needs is exact enough in every engine; in float32, ONNX
 * Runtime's Sigmoid, Log and Softplus are not.
 */
export class DoubleBuilder {
  constructor(private readonly builder: GraphBuilder) {}

  /** The operator applied to values; a number stands for a constant. */
  apply(op: string, ...inputs: readonly (string | number)[]): string {
    return this.builder.node(
      op,
      inputs.map((input) => (typeof input === "number" ? this.constant([], [input]) : input)),
      { name: `loss.${op}` },
    );
  }

  /** log(1 + v) for v in [−0.5, 1], to the last digits of double; ONNX has no log1p. */
  log1p(v: string): string {
    const u = this.apply("Add", v, 1);
    // log u + (what rounding took from u)/u, to first order, and exactly v where u is 1.
    const lost = this.apply("Sub", v, this.apply("Sub", u, 1));
    return this.apply("Add", this.apply("Log", u), this.apply("Div", lost, u));
  }

  constant(shape: readonly number[], values: ArrayLike<number>): string {
    return this.builder.initializer("loss.constant", tensor("float64", shape, Float64Array.from(values)));
  }

  cast(value: string, type: "float32" | "float64"): string {
    return this.builder.node("Cast", [value], {
      name: "loss.Cast",
      attributes: { to: elementTypes[type].code },
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
    const scalar = this.builder.node("Squeeze", [length], { name: "loss.Squeeze" });
    return this.cast(scalar, "float64");
  }
}

/** Adds loss and gradient of each element, both [N, labels], from logits and targets, all in double. */
export type ElementBuilder = (
  doubles: DoubleBuilder,
  logits: string,
  targets: string,
  /** [labels], or the number that all have. */
  positiveWeights: string | number,
) => LossValues;

/** Adds a loss to a graph: `logits` and `targets` float32 [N, labels]; the result is float32 too. */
export function buildReduced(
  buildElements: ElementBuilder,
  meanOver: MeanOver,
  builder: GraphBuilder,
  logits: string,
  targets: string,
  labels: number,
  options: LossOptions,
): LossValues {
  checkOptions(options, labels);
  const { reduction = "mean", positiveWeights, labelWeights, labelSmoothing = 0 } = options;
  const doubles = new DoubleBuilder(builder);
  const t = doubles.cast(targets, "float64");
  const unknown = doubles.apply("Less", t, 0);
  const { loss: lossOfEach, gradient: gradientOfEach } = buildElements(
    doubles,
    doubles.cast(logits, "float64"),
    labelSmoothing === 0
      ? t
      : doubles.apply("Add", doubles.apply("Mul", t, 1 - labelSmoothing), labelSmoothing / 2),
    positiveWeights ? doubles.constant([labels], positiveWeights) : 1,
  );

  const known = doubles.apply("Where", unknown, 0, 1);
  const knownOfRows = doubles.sumOfRows(known);
  const divisors: string[] = [];
  if (meanOver === "images") divisors.push(doubles.apply("Max", knownOfRows, 1));
  let elements: string | undefined;
  if (reduction === "batchmean") {
    elements = doubles.rows(knownOfRows);
    divisors.push(elements);
  }
  if (reduction === "mean") {
    elements = doubles.sum(meanOver === "images" ? doubles.apply("Min", knownOfRows, 1) : knownOfRows);
    divisors.push(doubles.apply("Max", elements, 1));
  }
  // What an unknown target's element holds may be anything, NaN too: it is replaced, not multiplied by 0.
  const finish = (value: string) => {
    const weighted = labelWeights
      ? doubles.apply("Mul", value, doubles.constant([labels], labelWeights))
      : value;
    const masked = doubles.apply("Where", unknown, 0, weighted);
    return divisors.reduce((result, divisor) => doubles.apply("Div", result, divisor), masked);
  };

  const losses = finish(lossOfEach);
  const loss =
    reduction !== "none"
      ? doubles.sum(losses)
      : meanOver === "images"
        ? doubles.vector(doubles.sumOfRows(losses))
        : losses;
  return {
    loss: doubles.cast(loss, "float32"),
    gradient: doubles.cast(finish(gradientOfEach), "float32"),
    elements,
  };
}
