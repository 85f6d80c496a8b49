// Together: joins several groupings of pictures into one.

/**
 * Joins several groupings: two pictures get the same number if any of them puts both in one group, or a
 * chain of such pairs leads from one to the other. Numbers count from 0 in order of first appearance.
 */
export function together(pictures: number, ...groupings: readonly ArrayLike<string | number>[]): Uint32Array {
  const parent = Uint32Array.from({ length: pictures }, (_, i) => i);
  const rootOf = (picture: number): number => {
    let root = picture;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]];
      root = parent[root];
    }
    return root;
  };
  for (const grouping of groupings) {
    const firstOf = new Map<string | number, number>();
    for (let i = 0; i < pictures; i++) {
      const first = firstOf.get(grouping[i]);
      if (first === undefined) firstOf.set(grouping[i], i);
      else parent[rootOf(i)] = rootOf(first);
    }
  }
  const numberOf = new Map<number, number>();
  return Uint32Array.from({ length: pictures }, (_, i) => {
    const root = rootOf(i);
    const number = numberOf.get(root) ?? numberOf.size;
    numberOf.set(root, number);
    return number;
  });
}
