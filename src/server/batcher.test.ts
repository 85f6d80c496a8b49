// Outside truth: the order of events, on a batcher that runs nothing but counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Batcher } from "./batcher.js";

const { signal } = new AbortController();

/** A batcher whose batches end when they are told to. */
function recorded(size: number, wait: number) {
  const batches: number[][] = [];
  const ends: (() => void)[] = [];
  const batcher = new Batcher<number, number>({
    size,
    wait,
    run: async (items) => {
      batches.push([...items]);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (items.includes(-1)) throw new Error("a batch with −1");
      return items.map((item) => item * 10);
    },
  });
  return { batcher, batches, ends };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a full batch starts at once, and what comes while it runs makes the next ones", async () => {
  const { batcher, batches, ends } = recorded(3, 0);
  const answers = Promise.all([1, 2, 3, 4, 5, 6, 7].map((item) => batcher.add(item, signal)));
  for (let i = 0; i < 5; i++) {
    await turn();
    ends.shift()?.();
  }
  assert.deepEqual(await answers, [10, 20, 30, 40, 50, 60, 70]);
  // With no wait the first does not wait for company.
  assert.deepEqual(batches, [[1], [2, 3, 4], [5, 6, 7]]);
});

test("what is not full waits for company, and not longer than it shall", async () => {
  const { batcher, batches, ends } = recorded(10, 40);
  const start = performance.now();
  const first = batcher.add(1, signal);
  assert.deepEqual(batches, []);
  const second = batcher.add(2, signal);
  assert.deepEqual(batches, []);
  while (batches.length === 0) await turn();
  const waited = performance.now() - start;
  assert(waited >= 39.9 && waited < 1000, `waited ${waited} ms`);
  assert.deepEqual(batches, [[1, 2]]);
  ends[0]();
  assert.deepEqual(await Promise.all([first, second]), [10, 20]);
});

test("a batch that fails is a failure of its own alone", async () => {
  const { batcher, ends } = recorded(2, 0);
  const settled = Promise.allSettled([-1, 2, 3, 4, 5].map((item) => batcher.add(item, signal)));
  for (let i = 0; i < 5; i++) {
    await turn();
    ends.shift()?.();
  }
  assert.deepEqual(
    (await settled).map((result) => (result.status === "fulfilled" ? result.value : "failed")),
    ["failed", 20, 30, 40, 50],
  );
});

test("what nobody wants any more takes no place in a batch", async () => {
  const { batcher, batches, ends } = recorded(2, 0);
  const gone = new AbortController();
  const reason = new Error("gone");
  const first = batcher.add(1, signal);
  const unwanted = batcher.add(2, gone.signal);
  const others = [3, 4].map((item) => batcher.add(item, signal));
  gone.abort(reason);
  ends[0]();
  await assert.rejects(unwanted, reason);
  await turn();
  ends[1]();
  assert.deepEqual(await Promise.all([first, ...others]), [10, 30, 40]);
  assert.deepEqual(batches, [[1], [3, 4]]);
});
