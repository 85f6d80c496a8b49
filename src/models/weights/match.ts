// matchWeights: the weights that a network wants, taken from those that a file has.
import { UserError } from "../../base/errors.js";
import type { StateDict } from "./elements.js";
import { residualNetwork } from "./residual.js";

export interface MatchOptions {
  /** The file, for errors. */
  readonly source: string;
  /**
   * Names that may be missing, surplus or of another shape: the classifier that is replaced, say. Where they
   * fit they are taken. Default: the counters of BatchNormalization (`num_batches_tracked`).
   */
  readonly optional?: (name: string) => boolean;
}

/** How many names of each kind an error lists. */
const LISTED = 10;

/** BatchNormalization's counters, which are no weights: our networks have none, most files have them. */
export function isCounter(name: string): boolean {
  return name.endsWith("num_batches_tracked");
}

/**
 * The data of every wanted weight, in the order of `wanted`; an optional one only where it is there with the
 * wanted shape. Throws one UserError that tells what is missing, surplus and of another shape, by name, with
 * both shapes.
 */
export function matchWeights(
  wanted: ReadonlyMap<string, readonly number[]>,
  found: StateDict,
  { source, optional = isCounter }: MatchOptions,
): Map<string, Float32Array> {
  const matched = new Map<string, Float32Array>();
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const [name, shape] of wanted) {
    const weight = found.get(name);
    if (weight && sameShape(weight.shape, shape)) matched.set(name, weight.data);
    else if (optional(name)) continue;
    else if (weight) misshapen.push(`${name} is ${text(weight.shape)}, wanted ${text(shape)}`);
    else missing.push(`${name} ${text(shape)} is missing`);
  }
  const surplus = [...found]
    .filter(([name]) => !wanted.has(name) && !optional(name))
    .map(([name, { shape }]) => `${name} ${text(shape)} is surplus`);

  if (missing.length + misshapen.length + surplus.length === 0) return matched;
  throw new UserError(
    `The weights in ${source} do not fit the network${likely(wanted, found)}: ` +
      `of ${wanted.size} wanted, ${missing.length} are missing and ${misshapen.length} have another shape; ${surplus.length} are surplus.`,
    [
      ...bounded(missing, "missing"),
      ...bounded(misshapen, "of another shape"),
      ...bounded(surplus, "surplus"),
    ],
  );
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, d) => n === b[d]);
}

function text(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

function bounded(lines: readonly string[], kind: string): string[] {
  const rest = lines.length - LISTED;
  return rest > 0 ? [...lines.slice(0, LISTED), `and ${rest} more ${kind}`] : [...lines];
}

/** The likeliest reason, to follow "do not fit the network"; empty where we see none. */
function likely(wanted: ReadonlyMap<string, readonly number[]>, found: StateDict): string {
  const shapes = new Map([...found].map(([name, { shape }]) => [name, shape]));
  const theirs = residualNetwork(shapes);
  const ours = residualNetwork(wanted);
  if (theirs && theirs !== ours)
    return ` (they look like those of ${theirs}${ours ? `, wanted is ${ours}` : ""})`;
  const prefix = prefixOfAll(wanted, found);
  return prefix ? ` (the wanted names are there, but begin with "${prefix}")` : "";
}

/** A prefix under which the file has every wanted name, beside others that lack it. */
function prefixOfAll(wanted: ReadonlyMap<string, unknown>, found: StateDict): string | undefined {
  const [first] = wanted.keys();
  if (first === undefined) return undefined;
  return [...found.keys()]
    .filter((name) => name.endsWith(`.${first}`))
    .map((name) => name.slice(0, -first.length))
    .find((prefix) => [...wanted.keys()].every((name) => found.has(prefix + name)));
}
