// Phases: which weights train in which epochs: the head first, then stage after stage from the top.
import type { Stage } from "../models/stages.js";

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
}

/**
 * The phases of a run. With `unfreeze` each lasts so many epochs and one more stage learns in it than before; the
 * last goes on to the end (gradual unfreezing: Howard and Ruder 2018, arXiv:1801.06146, section 3.3).
 *
 * @param stages the head's first
 * @param trainable the weights that learn in the end
 */
export function phasesOf(
  stages: readonly Stage[],
  trainable: ReadonlySet<string>,
  { epochs, unfreeze }: { epochs: number; unfreeze?: number },
): Phase[] {
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

/** Who learns when, for people: a sentence, where there is more than one phase. */
export function tellPhases(phases: readonly Phase[]): string[] {
  if (phases.length < 2) return [];
  const [head, ...others] = phases.map(({ joining: [{ name }], first }) => ({ name, first }));
  const rest = others.map(({ name, first }) => `${name} from epoch ${first}`).join(", ");
  return [`${head.name} learns alone, on pictures that are neither augmented nor mixed; then ${rest} on`];
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
