// Deal: iterative stratification, the rarest kind of statement first.
import type { Random } from "../../base/random.js";
import { Buckets } from "./buckets.js";
import type { Evidence } from "./evidence.js";

/** For each unit its side: 0 training, 1 validation. Neither side stays empty. */
export function deal(evidence: Evidence, share: number, stream: Random): Uint8Array {
  const { units, sizes, order, starts, kinds, counts, kindCount } = evidence;
  const shares = [1 - share, share];
  const left = new Uint32Array(kindCount);
  for (let i = 0; i < kinds.length; i++) left[kinds[i]] += counts[i];
  const needs = shares.map((part) => Float64Array.from(left, (total) => part * total));
  const pictures = sizes.reduce((sum, size) => sum + size, 0);
  const room = shares.map((part) => part * pictures);

  const unset = 2;
  const sideOf = new Uint8Array(units).fill(unset);
  const filled = [0, 0];
  const rarest = new Buckets(left);
  const last = [-1, -1];
  const assign = (unit: number, side: number) => {
    sideOf[unit] = side;
    filled[side]++;
    room[side] -= sizes[unit];
    for (let i = starts[unit]; i < starts[unit + 1]; i++) {
      needs[side][kinds[i]] -= counts[i];
      rarest.decrease(kinds[i], counts[i]);
    }
    last[side] = unit;
  };
  const roomier = () => (near(room[0], room[1]) ? stream.integer(2) : Number(room[1] > room[0]));

  const { holders, holderStarts } = invert(evidence);
  for (let kind = rarest.least(); kind >= 0; kind = rarest.least()) {
    for (let i = holderStarts[kind]; i < holderStarts[kind + 1]; i++) {
      const unit = holders[i];
      if (sideOf[unit] !== unset) continue;
      const [training, validation] = [needs[0][kind], needs[1][kind]];
      assign(unit, near(training, validation) ? roomier() : Number(validation > training));
    }
  }
  for (const unit of order) if (sideOf[unit] === unset) assign(unit, roomier());

  // The last one dealt out to the full side is the one that matters least.
  if (filled[0] === 0) sideOf[last[1]] = 0;
  if (filled[1] === 0) sideOf[last[0]] = 1;
  return sideOf;
}

/** Needs are sums and differences of rounded products. */
function near(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-6;
}

/** For each kind the units that hold it, in the order in which units are dealt out. */
function invert({ order, starts, kinds, kindCount }: Evidence): {
  holders: Uint32Array;
  holderStarts: Uint32Array;
} {
  const holderStarts = new Uint32Array(kindCount + 1);
  for (const kind of kinds) holderStarts[kind + 1]++;
  for (let kind = 0; kind < kindCount; kind++) holderStarts[kind + 1] += holderStarts[kind];
  const next = holderStarts.slice(0, kindCount);
  const holders = new Uint32Array(kinds.length);
  for (const unit of order) {
    for (let i = starts[unit]; i < starts[unit + 1]; i++) holders[next[kinds[i]]++] = unit;
  }
  return { holders, holderStarts };
}
