// In turns: many waits at a time, but not so many that the system runs out of file handles.

/** How many are begun and not yet done. */
const atOnce = 32;

/** What `work` gives for each item, in the items' order. The first failure ends it. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  let next = 0;
  const turn = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i], i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, turn));
  return results;
}
