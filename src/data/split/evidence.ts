// Evidence: what the pictures of each group say, as the kinds of statement that a split deals out evenly.
import { permutation, type Random } from "../../base/random.js";
import type { Dataset } from "../dataset/dataset.js";

/**
 * Kinds of statement, numbered: a label is there; two labels are there together; a label is known to be
 * absent. Each unit (a picture, or a group of them) holds some, with counts.
 */
export interface Evidence {
  readonly units: number;
  /** Pictures of each unit. */
  readonly sizes: Uint32Array;
  /** The units as they are dealt out: large ones first, equally large ones at random. */
  readonly order: Uint32Array;
  /** Unit u holds kinds[starts[u] … starts[u + 1] − 1], each with its count. */
  readonly starts: Uint32Array;
  readonly kinds: Uint32Array;
  readonly counts: Uint32Array;
  readonly kindCount: number;
  /** Kinds below this number concern one label, the others two. */
  readonly single: number;
}

/** Beyond it pairs cost more memory (12 bytes each) and time than they are worth. */
const mostPairs = 10_000_000;

/** @param unitOf for each picture its unit, from 0 */
export function evidenceOf(
  { labels, pictures, targets }: Dataset,
  unitOf: Uint32Array,
  units: number,
  stream: Random,
): Evidence {
  const width = labels.length;
  const { pairs, partlyKnown } = survey(targets, width);
  const withPairs = pairs <= mostPairs && (width * (width - 1)) / 2 <= mostPairs;
  const partners = withPairs ? (width * (width - 1)) / 2 : 0;
  // Labels first, then known absences, then pairs: (a, b) with a < b stands at b (b − 1) / 2 + a.
  const kindCount = 2 * width + partners;

  const { members, memberStarts, sizes } = membersOf(unitOf, units);
  const kinds = new Store();
  const counts = new Store();
  const starts = new Uint32Array(units + 1);
  const slot = new Int32Array(kindCount).fill(-1);
  for (let unit = 0; unit < units; unit++) {
    const begin = kinds.length;
    const add = (kind: number) => {
      if (slot[kind] < 0) {
        slot[kind] = kinds.length;
        kinds.push(kind);
        counts.push(1);
      } else counts.values[slot[kind]]++;
    };
    for (let m = memberStarts[unit]; m < memberStarts[unit + 1]; m++) {
      const row = members[m] * width;
      const there: number[] = [];
      for (let label = 0; label < width; label++) {
        const target = targets[row + label];
        if (target >= 0.5) {
          add(label);
          if (withPairs) for (const other of there) add(2 * width + (label * (label - 1)) / 2 + other);
          there.push(label);
        } else if (target >= 0 && partlyKnown[label]) add(width + label);
      }
    }
    for (let i = begin; i < kinds.length; i++) slot[kinds.values[i]] = -1;
    starts[unit + 1] = kinds.length;
  }
  const shuffled = permutation(units, stream);
  const order = pictures.length === units ? shuffled : shuffled.sort((a, b) => sizes[b] - sizes[a]);
  return {
    units,
    sizes,
    order,
    starts,
    kinds: kinds.all(),
    counts: counts.all(),
    kindCount,
    single: 2 * width,
  };
}

/** How many pairs of labels occur in all pictures, and which labels have unknown targets. */
function survey(targets: Float32Array, width: number): { pairs: number; partlyKnown: Uint8Array } {
  const partlyKnown = new Uint8Array(width);
  let pairs = 0;
  for (let row = 0; row < targets.length; row += width) {
    let there = 0;
    for (let label = 0; label < width; label++) {
      const target = targets[row + label];
      if (target >= 0.5) there++;
      else if (target < 0) partlyKnown[label] = 1;
    }
    pairs += (there * (there - 1)) / 2;
  }
  return { pairs, partlyKnown };
}

/** The pictures of each unit, and how many they are. */
function membersOf(
  unitOf: Uint32Array,
  units: number,
): { members: Uint32Array; memberStarts: Uint32Array; sizes: Uint32Array } {
  const sizes = new Uint32Array(units);
  for (const unit of unitOf) sizes[unit]++;
  const memberStarts = new Uint32Array(units + 1);
  for (let unit = 0; unit < units; unit++) memberStarts[unit + 1] = memberStarts[unit] + sizes[unit];
  const next = memberStarts.slice(0, units);
  const members = new Uint32Array(unitOf.length);
  for (const [picture, unit] of unitOf.entries()) members[next[unit]++] = picture;
  return { members, memberStarts, sizes };
}

/** Integers whose number is not known before. */
class Store {
  values = new Uint32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(2 * this.length);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  all(): Uint32Array {
    return this.values.subarray(0, this.length);
  }
}
