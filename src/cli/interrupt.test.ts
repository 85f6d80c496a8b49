// Ctrl-C, as the process hears it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { interruptible } from "./interrupt.js";

test("the first Ctrl-C asks to stop, the second one stops at once, and afterwards nobody listens", (t) => {
  const exit = t.mock.method(process, "exit", (() => undefined) as () => never);
  const before = process.listenerCount("SIGINT");
  let asked = 0;
  const { signal, release } = interruptible(() => asked++);
  process.emit("SIGINT");
  assert.equal(signal.aborted, true);
  assert.equal(asked, 1);
  assert.equal(exit.mock.callCount(), 0);
  process.emit("SIGTERM");
  assert.deepEqual(exit.mock.calls[0].arguments, [130]);
  release();
  assert.equal(process.listenerCount("SIGINT"), before);
});
