// A checkpoint's state_dict: found among the other things that training scripts save, and under plain names.
import { UserError } from "../../base/errors.js";
import type { StateDict } from "./elements.js";
import { describe, type PickleValue } from "./pickle-values.js";
import { TensorReference } from "./torch-pickle.js";

/** Where training scripts keep the weights, the likeliest first. */
const HOLDERS = [
  "state_dict",
  "model_state_dict",
  "model_state",
  "model",
  "net",
  "network",
  "weights",
  "params",
  "module",
];

/** What wrappers put before every name: DataParallel, Lightning, torch.compile, and habit. */
const PREFIXES = ["module.", "model.", "_orig_mod.", "net.", "network.", "backbone.", "encoder."];

/** How deep a state_dict is looked for. */
const DEPTH = 3;

/**
 * The named tensors in what torch.save saved: a state_dict itself, or a checkpoint that holds one. Entries
 * beside the tensors are left out. Throws a UserError that lists what was found instead.
 */
export function stateDictIn(saved: PickleValue, source: string): Map<string, TensorReference> {
  const found = search(saved, DEPTH, new Map());
  if (found) return found;
  throw new UserError(
    `${source} holds no state_dict that we can find. ${contents(saved)} ` +
      'Save the weights alone: torch.save(model.state_dict(), "weights.pth").',
  );
}

type Dictionary = ReadonlyMap<PickleValue, PickleValue>;
type Tensors = Map<string, TensorReference>;

/** @param known the tensors of dictionaries already looked at: one may be named thousands of times */
function search(value: PickleValue, depth: number, known: Map<Dictionary, Tensors>): Tensors | undefined {
  if (!(value instanceof Map) || depth === 0) return undefined;
  for (const holder of HOLDERS) {
    const found = search(value.get(holder) ?? null, depth - 1, known);
    if (found) return found;
  }
  const own = tensorsOf(value, known);
  if (own.size > 0) return own;
  const inner = new Set([...value.values()].filter((item) => item instanceof Map));
  const filled = [...inner].map((item) => tensorsOf(item, known)).filter((tensors) => tensors.size > 0);
  return filled.length === 1 ? filled[0] : undefined;
}

function tensorsOf(dictionary: Dictionary, known: Map<Dictionary, Tensors>): Tensors {
  const found = known.get(dictionary);
  if (found) return found;
  const tensors: Tensors = new Map();
  for (const [name, value] of dictionary) {
    if (typeof name === "string" && value instanceof TensorReference) tensors.set(name, value);
  }
  known.set(dictionary, tensors);
  return tensors;
}

function contents(saved: PickleValue): string {
  if (!(saved instanceof Map)) return `It is ${describe(saved)}.`;
  if (saved.size === 0) return "It is an empty dictionary.";
  const items = [...saved].slice(0, 10).map(([key, value]) => `${named(key)} (${describe(value)})`);
  const more = saved.size > 10 ? ` and ${saved.size - 10} more` : "";
  return `It is a dictionary of ${items.join(", ")}${more}.`;
}

/** A key as people know it: a name or a number by itself, anything else by its kind. */
function named(key: PickleValue): string {
  return typeof key === "object" && key !== null ? describe(key) : String(key).slice(0, 60);
}

/** The same weights without the prefixes that all their names share, as `module.` or `_orig_mod.`. */
export function withoutWrappers(weights: StateDict): StateDict {
  const names = [...weights.keys()];
  if (names.length === 0) return weights;
  let shared = "";
  for (;;) {
    const next = PREFIXES.find((prefix) => names.every((name) => name.startsWith(prefix, shared.length)));
    if (!next) break;
    shared += next;
  }
  if (!shared) return weights;
  return new Map([...weights].map(([name, weight]) => [name.slice(shared.length), weight]));
}
