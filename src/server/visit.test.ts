// The room for bodies. Outside truth: counted by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Refusal } from "./refusal.js";
import { Places, Visit } from "./visit.js";

const begin = (places: Places) =>
  new Visit(new AbortController().signal, { places, timeout: 60, pace: () => 0 });

test("bodies that arrive slowly make room for others once they had their time, the oldest first", async () => {
  const places = new Places({ pictures: 10, bytes: 100 }, 50);
  const [old, slow] = [begin(places), begin(places)];
  old.hold(50);
  slow.hold(40);
  const early = begin(places);
  assert.throws(() => early.hold(20), { code: "queue_full" });
  early.end();
  await delay(80);
  const whole = begin(places);
  whole.hold(10);
  whole.receive(1);
  const next = begin(places);
  next.hold(20);
  assert(old.signal.reason instanceof Refusal);
  assert.equal(slow.signal.aborted, false);
  assert.equal(places.bytes.taken, 70);
  next.hold(60);
  assert.equal(slow.signal.aborted, true);
  // What has arrived whole stays; what has not had its time, too.
  assert.throws(() => next.hold(60), { code: "queue_full" });
  assert.equal(whole.signal.aborted, false);
  for (const visit of [old, slow, whole, next]) visit.end();
  assert.deepEqual([places.bytes.taken, places.pictures.taken], [0, 0]);
});
