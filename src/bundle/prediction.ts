// Prediction: the tags of an image, and whether a bundle gives its own image the right ones. Runs in browsers too.
import type { TagRule } from "./tag-rule.js";

/** A label that an image has. */
export interface Tag {
  readonly label: string;
  /** 0 … 1. */
  readonly probability: number;
}

/** An image's tags. `image` is its path, its file's name or its address, or the name that you gave it. */
export interface Tagged {
  readonly image?: string;
  /** By label, 0 … 1. */
  readonly probabilities: Record<string, number>;
  /** The labels of `tags`, in the bundle's order. */
  readonly labels: string[];
  /** The most probable first. */
  readonly tags: Tag[];
  readonly error?: undefined;
}

/** An image that could not be read. */
export interface Failed {
  readonly image?: string;
  /** Why: a sentence. */
  readonly error: string;
  readonly probabilities?: undefined;
  readonly labels?: undefined;
  readonly tags?: undefined;
}

/** An image's tags, or why it has none: check `error` first. */
export type Prediction = Tagged | Failed;

/** A prediction as `predict --json` and the HTTP service write it: `tags` says nothing that the rest doesn't. */
export function written<P extends Prediction>({ tags, ...prediction }: P): Omit<P, "tags"> {
  return prediction;
}

/**
 * The tags that follow from an image's probabilities.
 * @param probabilities one a label
 */
export function tagsOf(
  probabilities: ArrayLike<number>,
  labels: readonly string[],
  { thresholds, topK }: TagRule,
): Tagged {
  const tags = labels
    .map((label, i): Tag => ({ label, probability: probabilities[i] }))
    .filter(({ probability }, i) => probability >= thresholds[i])
    .sort((a, b) => b.probability - a.probability)
    .slice(0, topK);
  const chosen = new Set(tags.map(({ label }) => label));
  return {
    probabilities: Object.fromEntries(labels.map((label, i) => [label, probabilities[i]])),
    labels: labels.filter((label) => chosen.has(label)),
    tags,
  };
}

/**
 * How the probabilities of a bundle's own picture fail its self-check, as the middle of a sentence; undefined
 * where they are those that the bundle tells of, as far as `tolerance` allows.
 */
export function selfCheckFailure(
  found: ArrayLike<number>,
  wanted: readonly number[],
  labels: readonly string[],
  tolerance: number,
): string | undefined {
  // NaN is the worst difference of all.
  const differences = wanted.map((p, i) => (Number.isNaN(found[i]) ? 1 : Math.abs(found[i] - p)));
  const worst = differences.indexOf(Math.max(...differences));
  if (differences[worst] <= tolerance) return undefined;
  return (
    `on its own picture, label "${labels[worst]}" has the probability ${found[worst]} here and had ` +
    `${wanted[worst]} where the bundle was written (a difference of ${tolerance} is allowed)`
  );
}
