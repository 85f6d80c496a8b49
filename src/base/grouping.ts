// Together: which things belong to one group, where several groupings or single pairs say so.

/** Groups that grow: at first each thing, by its number from 0, is alone. */
export class Groups {
  private readonly parent: Uint32Array;

  constructor(things: number) {
    this.parent = Uint32Array.from({ length: things }, (_, i) => i);
  }

  /** Makes one group of the two things' groups. */
  join(a: number, b: number): void {
    this.parent[this.rootOf(a)] = this.rootOf(b);
  }

  joined(a: number, b: number): boolean {
    return this.rootOf(a) === this.rootOf(b);
  }

  /** For each thing the number of its group, counted from 0 in order of first appearance. */
  numbers(): Uint32Array {
    const numberOf = new Map<number, number>();
    return this.parent.map((_, i) => {
      const root = this.rootOf(i);
      const number = numberOf.get(root) ?? numberOf.size;
      numberOf.set(root, number);
      return number;
    });
  }

  private rootOf(thing: number): number {
    const { parent } = this;
    let root = thing;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]];
      root = parent[root];
    }
    return root;
  }
}

/**
 * Joins several groupings: two pictures get the same number if any of them puts both in one group, or a
 * chain of such pairs leads from one to the other. Numbers count from 0 in order of first appearance.
 */
export function together(pictures: number, ...groupings: readonly ArrayLike<string | number>[]): Uint32Array {
  const groups = new Groups(pictures);
  for (const grouping of groupings) {
    const firstOf = new Map<string | number, number>();
    for (let i = 0; i < pictures; i++) {
      const first = firstOf.get(grouping[i]);
      if (first === undefined) firstOf.set(grouping[i], i);
      else groups.join(i, first);
    }
  }
  return groups.numbers();
}
