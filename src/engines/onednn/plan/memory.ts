// Memory of a plan: blocks that live for a part of a run, and where they lie in one arena.

/** Memory that outlasts a run: a region of its own, or a part of one. */
export interface Lasting {
  readonly address: bigint;
  readonly buffer: ArrayBuffer;
  /** In the buffer; default 0. */
  readonly offset?: number;
}

/** A stretch of memory. One with memory of its own lasts (weights, constants); the others share an arena. */
export class Block {
  /** The steps of a run between which its content matters. */
  first = Number.POSITIVE_INFINITY;
  last = -1;
  /** Whether JavaScript reads or writes it. */
  host = false;
  /** In the arena of its kind. */
  offset = 0;
  /** The values that it holds: a view shares the block of what it views. */
  readonly values = new Set<string>();

  constructor(
    readonly bytes: number,
    readonly region?: Lasting,
  ) {}

  get lasts(): boolean {
    return this.region !== undefined;
  }

  usedAt(step: number): void {
    this.first = Math.min(this.first, step);
    this.last = Math.max(this.last, step);
  }
}

/** Of addresses that every primitive likes: a page, so that arrays do not share cache lines or pages. */
const ALIGNMENT = 4096;

/**
 * Lays blocks out so that those alive at the same time do not overlap: the largest first, each as low as it fits.
 * @returns the arena's size in bytes
 */
export function layOut(blocks: readonly Block[]): number {
  const placed: Block[] = [];
  let size = 0;
  const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
  for (const block of [...blocks].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    let offset = 0;
    // `placed` is kept in the order of offsets.
    for (const other of placed) {
      if (other.last < block.first || other.first > block.last) continue;
      if (other.offset >= offset + aligned(block.bytes)) break;
      offset = Math.max(offset, other.offset + aligned(other.bytes));
    }
    block.offset = offset;
    size = Math.max(size, offset + aligned(block.bytes));
    const at = placed.findIndex((other) => other.offset > offset);
    if (at < 0) placed.push(block);
    else placed.splice(at, 0, block);
  }
  return size;
}
