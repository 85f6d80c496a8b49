// MultiLabelLoss: the losses' own formulas in float64, element by element, and their reduction.
import { lossAttributes } from "../../src/graph/operators/loss/multi-label-loss.js";
import { focusedElement } from "../../src/losses/asymmetric.js";
import { bceElement } from "../../src/losses/bce.js";
import type { Operator } from "./operator.js";
import { value } from "./value.js";

const multiLabelLoss: Operator = (call) => {
  const { reduction, meanOver, labelSmoothing, positiveWeights, labelWeights, alpha, ...formula } =
    lossAttributes(call.node);
  const [logits, targets] = [call.input(0), call.input(1)];
  const [images, labels] = logits.shape;
  const { gammaPositive, gammaNegative, margin } = formula;
  const isPlain = gammaPositive === 0 && gammaNegative === 0 && margin === 0;
  const element = isPlain ? bceElement : focusedElement(formula);
  const known = (image: number) =>
    targets.data.subarray(image * labels, (image + 1) * labels).filter((t) => t >= 0).length;
  const counts = Array.from({ length: images }, (_, image) => known(image));
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
  const perImage = meanOver === "images";
  const elements =
    reduction === "batchmean"
      ? images
      : reduction === "mean"
        ? sum(perImage ? counts.map((count) => Math.min(count, 1)) : counts)
        : 1;
  const [losses, gradient] = [new Float64Array(images * labels), new Float64Array(images * labels)];
  targets.data.forEach((target, i) => {
    if (target < 0) return;
    const t = target * (1 - labelSmoothing) + labelSmoothing / 2;
    const [x, p] = [logits.data[i], positiveWeights?.[i % labels] ?? 1];
    const balance = alpha === undefined ? 1 : alpha * t + (1 - alpha) * (1 - t);
    const weight = (labelWeights?.[i % labels] ?? 1) * balance;
    const divisor = Math.max(elements, 1) * (perImage ? counts[Math.floor(i / labels)] : 1);
    losses[i] = (weight * element.loss(x, t, p)) / divisor;
    gradient[i] = (weight * element.gradient(x, t, p)) / divisor;
  });
  const rows = Float64Array.from(counts, (_, image) =>
    sum(losses.subarray(image * labels, (image + 1) * labels)),
  );
  return [
    reduction !== "none"
      ? value("float64", [], Float64Array.of(sum(losses)))
      : perImage
        ? value("float64", [images], rows)
        : value("float64", [images, labels], losses),
    value("float64", [images, labels], gradient),
    value("float64", [], Float64Array.of(elements)),
  ];
};

export const losses: Record<string, Operator> = { MultiLabelLoss: multiLabelLoss };
