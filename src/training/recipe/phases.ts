// Phases: which weights train in which epochs, the head first, then stage after stage from the top; and on pictures of
// which size.
import type { Stage } from "../../models/stages.js";
import { type RateOptions, ratesByStage } from "../step/layer-rates.js";
import type { Choice } from "./choice.js";
import { sizesByEpoch } from "./progressive.js";

export interface Phase {
  /** Its first and last epoch, from 1. */
  readonly first: number;
  readonly last: number;
  /** The stages that begin to learn with it. */
  readonly joining: readonly Stage[];
  /** The weights that learn in it. */
  readonly trainable: ReadonlySet<string>;
  /**
   * Whether pictures are augmented and mixed: not while the head learns alone, so that the frozen part runs once a
   * picture.
   */
  readonly augmented: boolean;
  /** The side of the training pictures, in pixels. */
  readonly size: number;
}

interface PhaseOptions {
  epochs: number;
  unfreeze?: number;
  size: number;
  progressive?: number;
}

/**
 * The phases of a run. With `unfreeze` each lasts so many epochs and one more stage learns in it than before; the
 * last goes on to the end (gradual unfreezing: Howard and Ruder 2018, arXiv:1801.06146, section 3.3). Where the size of
 * the pictures changes, a phase begins in which no stage joins.
 *
 * @param stages the head's first
 * @param trainable the weights that learn in the end
 */
export function phasesOf(
  stages: readonly Stage[],
  trainable: ReadonlySet<string>,
  options: PhaseOptions,
): Phase[] {
  const sizes = sizesByEpoch(options);
  return unfreezing(stages, trainable, options).flatMap((phase) => bySize(phase, sizes, options.size));
}

/** A phase in parts, by the size of each epoch's pictures. */
function bySize(phase: Omit<Phase, "size">, sizes: readonly number[], size: number): Phase[] {
  const { first, last } = phase;
  const starts = sizes.flatMap((size, i) =>
    i + 1 > first && i + 1 <= last && size !== sizes[i - 1] ? [i + 1] : [],
  );
  return [first, ...starts].map((start, part) => ({
    ...phase,
    first: start,
    last: part < starts.length ? starts[part] - 1 : last,
    joining: part === 0 ? phase.joining : [],
    size: sizes[start - 1] ?? size,
  }));
}

function unfreezing(
  stages: readonly Stage[],
  trainable: ReadonlySet<string>,
  { epochs, unfreeze }: PhaseOptions,
): Omit<Phase, "size">[] {
  if (unfreeze === undefined)
    return [{ first: 1, last: epochs, joining: stages, trainable, augmented: true }];
  const learning = stages.filter(({ weights }) => weights.some((weight) => trainable.has(weight)));
  const starting = learning.filter((_, i) => i * unfreeze < Math.max(1, epochs));
  return starting.map((stage, i) => {
    const weights = starting.slice(0, i + 1).flatMap(({ weights }) => weights);
    return {
      first: i * unfreeze + 1,
      last: i === starting.length - 1 ? epochs : (i + 1) * unfreeze,
      joining: [stage],
      trainable: new Set(weights.filter((weight) => trainable.has(weight))),
      augmented: i > 0,
    };
  });
}

/**
 * Who learns when, and on which images, for people: a choice for each change.
 * @param stages all of the network's
 * @param trainable the weights that learn, if the run is long enough
 */
export function tellPhases(
  phases: readonly Phase[],
  stages: readonly Stage[],
  trainable: ReadonlySet<string>,
): Choice[] {
  const told: Choice[] = [];
  const tell = (option: Choice["option"], reason: string) => told.push({ option, value: null, reason });
  const joins = phases.filter(({ joining }) => joining.length > 0);
  const joined = new Set(joins.flatMap(({ joining }) => joining));
  const late = stages.filter(
    (stage) => !joined.has(stage) && stage.weights.some((weight) => trainable.has(weight)),
  );
  if (joins.length > 1 || late.length > 0) {
    const [head, ...others] = joins.map(({ joining: [{ name }], first }) => ({ name, first }));
    const rest = others.map(({ name, first }) => `${name} from epoch ${first}`).join(", ");
    const then = others.length > 0 ? `; then ${rest} on` : "";
    tell("unfreeze", `${head.name} learns alone, on images that are neither augmented nor mixed${then}`);
  }
  if (late.length > 0) {
    const names = late.map(({ name }) => name).join("; ");
    tell("unfreeze", `the run ends before these would have learned: ${names}`);
  }
  const grows = phases.filter(({ size }, i) => size !== phases[i - 1]?.size);
  if (grows.length > 1) {
    const [start, ...later] = grows;
    const rest = later.map(({ size, first }) => `${size} from epoch ${first}`).join(", ");
    tell(
      "progressive",
      `training images of ${start.size} pixels, ${rest} on; validation always has the last size`,
    );
  }
  return told;
}

/** The stages' rates where they differ, and what changes nothing. */
export function tellRates(
  stages: readonly Stage[],
  trainable: ReadonlySet<string>,
  settings: RateOptions,
): Choice[] {
  const rates = ratesByStage(stages, trainable, settings);
  const learning = stages.filter(({ weights }) => weights.some((weight) => trainable.has(weight)));
  const told: Choice[] = [];
  if (rates) {
    const list = rates.map(({ name, rate }) => `${name} ${rate}`).join(", ");
    told.push({ option: "lr", value: null, reason: `learning rates: ${list}` });
  }
  if (learning.length === 1 && settings.layerDecay !== 1) {
    const reason = `--layer-decay ${settings.layerDecay} changes nothing: no stage below the classifier learns`;
    told.push({ option: "layerDecay", value: null, reason });
  }
  return told;
}

/**
 * By weight, the optimizer's steps that had been done when it began to learn.
 * @param began those at the beginning of each phase so far
 */
export function beginnings(phases: readonly Phase[], began: readonly number[]): Map<string, number> {
  return new Map(
    began.flatMap((steps, i) =>
      phases[i].joining.flatMap(({ weights }) => weights.map((w) => [w, steps] as const)),
    ),
  );
}
