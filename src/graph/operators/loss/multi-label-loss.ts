// MultiLabelLoss: (logits, targets) → (loss, its gradient for the logits, how many elements the loss is the mean of).
// Value and gradient are one operator, since differentiating the value would lose the tails.
import { floatAttribute, type Node, stringAttribute, TRAINING } from "../../graph.js";
import { float32 } from "../../tensor.js";
import type { Decomposition, DecompositionContext, Operator } from "../operator.js";
import { Arithmetic } from "./arithmetic.js";
import { elementsBy, type Formula } from "./elements.js";

/** The loss of a node, by its attributes. */
export interface LossAttributes extends Formula {
  readonly reduction: "mean" | "batchmean" | "sum" | "none";
  /** `elements`: the mean over all known targets; `images`: over those of each image, then over images that have any. */
  readonly meanOver: "elements" | "images";
  /** A known target t stands for t·(1 − ε) + ε/2. */
  readonly labelSmoothing: number;
  /** One factor a label for the loss of its positives; default 1. */
  readonly positiveWeights?: readonly number[];
  /** One factor a label for its whole loss; default 1. */
  readonly labelWeights?: readonly number[];
}

export function toAttributes({
  reduction,
  meanOver,
  positiveWeights,
  labelWeights,
  ...numbers
}: LossAttributes): Node["attributes"] {
  const lists = { positiveWeights, labelWeights };
  return {
    reduction,
    meanOver,
    ...Object.fromEntries(
      Object.entries(numbers).flatMap(([name, float]) => (float === undefined ? [] : [[name, { float }]])),
    ),
    ...Object.fromEntries(
      Object.entries(lists).flatMap(([name, floats]) => (floats === undefined ? [] : [[name, { floats }]])),
    ),
  };
}

export function lossAttributes(node: Node): LossAttributes {
  const number = (name: string) => floatAttribute(node, name, 0);
  const list = (name: string) => {
    const value = node.attributes[name];
    return typeof value === "object" && "floats" in value ? value.floats : undefined;
  };
  return {
    reduction: stringAttribute(node, "reduction", "mean") as LossAttributes["reduction"],
    meanOver: stringAttribute(node, "meanOver", "elements") as LossAttributes["meanOver"],
    labelSmoothing: number("labelSmoothing"),
    gammaPositive: number("gammaPositive"),
    gammaNegative: number("gammaNegative"),
    margin: number("margin"),
    alpha: "alpha" in node.attributes ? number("alpha") : undefined,
    positiveWeights: list("positiveWeights"),
    labelWeights: list("labelWeights"),
  };
}

/** Adds a loss to what a context builds, in numbers of that type; what comes out is float32. */
export function lossIn(type: "float32" | "float64"): Decomposition {
  return (node, { builder, shape }: DecompositionContext) => {
    const { reduction, meanOver, labelSmoothing, positiveWeights, labelWeights, ...formula } =
      lossAttributes(node);
    const [logits, targets] = node.inputs;
    const [lossName, gradientName, elementsName] = node.outputs;
    const labels = Number(shape(logits).shape[1]);
    const arithmetic = new Arithmetic(builder, type);
    const op = arithmetic.apply.bind(arithmetic);
    const numbers = (value: string) => (type === "float32" ? value : arithmetic.cast(value, type));
    const t = numbers(targets);
    const unknown = op("Less", t, 0);
    const each = elementsBy(formula)(
      arithmetic,
      numbers(logits),
      labelSmoothing === 0 ? t : op("Add", op("Mul", t, 1 - labelSmoothing), labelSmoothing / 2),
      positiveWeights ? arithmetic.constant([labels], positiveWeights) : 1,
    );

    const known = op("Where", unknown, 0, 1);
    const knownOfRows = arithmetic.sumOfRows(known);
    const divisors: string[] = [];
    if (meanOver === "images") divisors.push(op("Max", knownOfRows, 1));
    let elements: string | undefined;
    if (reduction === "batchmean") {
      elements = arithmetic.rows(knownOfRows);
      divisors.push(elements);
    }
    if (reduction === "mean") {
      elements = arithmetic.sum(meanOver === "images" ? op("Min", knownOfRows, 1) : knownOfRows);
      divisors.push(op("Max", elements, 1));
    }
    // What an unknown target's element holds may be anything, NaN too: it is replaced, not multiplied by 0.
    const finish = (value: string) => {
      const weighted = labelWeights ? op("Mul", value, arithmetic.constant([labels], labelWeights)) : value;
      const masked = op("Where", unknown, 0, weighted);
      return divisors.reduce((result, divisor) => op("Div", result, divisor), masked);
    };

    const losses = finish(each.loss);
    const loss =
      reduction !== "none"
        ? arithmetic.sum(losses)
        : meanOver === "images"
          ? arithmetic.vector(arithmetic.sumOfRows(losses))
          : losses;
    arithmetic.cast(loss, "float32", lossName);
    arithmetic.cast(finish(each.gradient), "float32", gradientName);
    if (!elementsName) return;
    if (elements) arithmetic.cast(elements, "float32", elementsName);
    else builder.graph.initializers.set(elementsName, float32([], [1]));
  };
}

export const multiLabelLoss: Operator = {
  op: "MultiLabelLoss",
  domain: TRAINING,
  shape(node, { input }) {
    const { reduction, meanOver } = lossAttributes(node);
    const [images, labels] = input(0).shape;
    const shape = reduction !== "none" ? [] : meanOver === "images" ? [images] : [images, labels];
    return [
      { type: "float32", shape },
      { type: "float32", shape: [images, labels] },
      { type: "float32", shape: [] },
    ];
  },
  gradient: null,
  decomposition: lossIn("float64"),
};
