// How fast a task over pictures goes, and how long it will go on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Advancing } from "./pace.js";

test("pictures a second and the time left are those of what was done since a task began", (context) => {
  let seconds = 0;
  context.mock.method(performance, "now", () => 1000 * seconds);
  const advancing = new Advancing(1000, 200);
  assert.deepEqual(advancing.to(200), {
    done: 200,
    total: 1000,
    imagesPerSecond: undefined,
    secondsLeft: undefined,
  });
  seconds = 2;
  assert.deepEqual(advancing.to(300), { done: 300, total: 1000, imagesPerSecond: 50, secondsLeft: 14 });
  seconds = 4;
  assert.deepEqual(advancing.to(600), { done: 600, total: 1000, imagesPerSecond: 100, secondsLeft: 4 });
});
