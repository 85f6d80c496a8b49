// Elements: loss and gradient of each logit with its target, as standard operators.
import type { Arithmetic } from "./arithmetic.js";

/** What makes a multi-label loss of the cross-entropy of each label. */
export interface Formula {
  /** How fast the weight of a positive falls as it is recognised: 0 where it does not. */
  readonly gammaPositive: number;
  /** The same of a negative. */
  readonly gammaNegative: number;
  /** A negative whose probability is below it costs nothing. */
  readonly margin: number;
  /** The weight of positives, 1 − α that of negatives; default: both weigh 1. */
  readonly alpha?: number;
}

/** The values of a graph that hold the losses of elements and their gradients for the logits. */
export interface Elements {
  readonly loss: string;
  readonly gradient: string;
}

/** Adds loss and gradient of each element, both [N, labels], from logits and targets. */
type ElementBuilder = (
  arithmetic: Arithmetic,
  logits: string,
  targets: string,
  /** [labels], or the number that all have. */
  positiveWeights: string | number,
) => Elements;

export function elementsBy(formula: Formula): ElementBuilder {
  const { gammaPositive, gammaNegative, margin, alpha } = formula;
  const isPlain = gammaPositive === 0 && gammaNegative === 0 && margin === 0;
  const build = isPlain ? buildBceElements : buildFocusedElements(formula);
  if (alpha === undefined) return build;
  return (arithmetic, x, t, positiveWeights) => {
    const op = arithmetic.apply.bind(arithmetic);
    const { loss, gradient } = build(arithmetic, x, t, positiveWeights);
    const balance = op("Add", op("Mul", t, alpha), op("Mul", op("Sub", 1, t), 1 - alpha));
    return { loss: op("Mul", balance, loss), gradient: op("Mul", balance, gradient) };
  };
}

/** Cross-entropy: losses/bce.ts has the formulas and their derivation. */
const buildBceElements: ElementBuilder = (arithmetic, x, t, positiveWeights) => {
  const op = arithmetic.apply.bind(arithmetic);
  const y = op("Max", op("Neg", op("Abs", x)), -arithmetic.farthest);
  const z = op("Exp", y);
  const u = op("Add", z, 1);
  const tail = arithmetic.log1p(z);
  const m = arithmetic.expm1(y, z);

  const there = positiveWeights === 1 ? t : op("Mul", t, positiveWeights);
  const absent = op("Sub", 1, t);
  const ifThere = op("Mul", there, op("Add", op("Relu", op("Neg", x)), tail));
  const ifAbsent = op("Mul", absent, op("Add", op("Relu", x), tail));
  const side = op("Where", op("Less", x, 0), there, op("Neg", absent));
  const slope = op("Add", op("Mul", op("Sub", absent, there), z), op("Mul", side, m));
  return { loss: op("Add", ifThere, ifAbsent), gradient: op("Div", slope, u) };
};

/** Cross-entropy that forgets easy elements: losses/asymmetric.ts has the formulas and their derivation. */
function buildFocusedElements({ gammaPositive, gammaNegative, margin }: Formula): ElementBuilder {
  const buildEntropy = margin === 0 ? buildBceElements : buildShiftedElements(margin);
  return (arithmetic, x, t, positiveWeights) => {
    const op = arithmetic.apply.bind(arithmetic);
    const entropy = buildEntropy(arithmetic, x, t, positiveWeights);
    const { there, absent } = buildProbabilities(arithmetic, x);
    const negative = op("Sub", 1, t);
    const shifted = op("Max", op("Sub", there, margin), 0);
    const q = op("Add", op("Mul", t, absent), op("Mul", negative, shifted));
    const gamma =
      gammaPositive === gammaNegative
        ? gammaPositive
        : op("Add", op("Mul", t, gammaPositive), op("Mul", negative, gammaNegative));
    const weight = op("Pow", q, gamma);
    const side = op("Sub", op("Where", op("Less", margin, there), negative, 0), t);
    const slope = op("Mul", op("Mul", there, absent), side);
    const ofWeight = op("Mul", op("Mul", gamma, entropy.loss), op("Div", slope, q));
    const gradient = op("Mul", weight, op("Add", entropy.gradient, ofWeight));
    return {
      loss: op("Mul", weight, entropy.loss),
      gradient: op("Where", op("Less", 0, q), gradient, 0),
    };
  };
}

function buildShiftedElements(margin: number): ElementBuilder {
  return (arithmetic, x, t, positiveWeights) => {
    const op = arithmetic.apply.bind(arithmetic);
    const { z, there, absent } = buildProbabilities(arithmetic, x);
    const shifted = op("Max", op("Sub", there, margin), 0);
    const rest = op("Add", absent, margin);
    const ifThere = op("Add", op("Relu", op("Neg", x)), arithmetic.log1p(z));
    const small = arithmetic.log1p(op("Neg", op("Min", shifted, 0.5)));
    const ifAbsent = op("Neg", op("Where", op("Less", shifted, 0.5), small, op("Log", rest)));
    const slope = op("Where", op("Less", margin, there), op("Div", op("Mul", there, absent), rest), 0);
    const positive = positiveWeights === 1 ? t : op("Mul", t, positiveWeights);
    const negative = op("Sub", 1, t);
    return {
      loss: op("Add", op("Mul", positive, ifThere), op("Mul", negative, ifAbsent)),
      gradient: op("Sub", op("Mul", negative, slope), op("Mul", positive, absent)),
    };
  };
}

function buildProbabilities(arithmetic: Arithmetic, x: string): Record<"z" | "there" | "absent", string> {
  const op = arithmetic.apply.bind(arithmetic);
  const z = op("Exp", op("Max", op("Neg", op("Abs", x)), -arithmetic.farthest));
  const u = op("Add", z, 1);
  const [greater, lesser] = [op("Div", 1, u), op("Div", z, u)];
  const below = op("Less", x, 0);
  return { z, there: op("Where", below, lesser, greater), absent: op("Where", below, greater, lesser) };
}
