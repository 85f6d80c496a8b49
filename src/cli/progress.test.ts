// Progress on a terminal, in a pipe and beside JSON, as the streams see it.
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { duration } from "../base/duration.js";
import { csvLine, number, table } from "./output.js";
import { Pace, Progress, speedOf } from "./progress.js";

/** To the first column, and the line emptied. */
const CLEAR = "\u001b[1G\u001b[2K";

/** A stream that keeps what it is given. */
function stream(isTTY: boolean): NodeJS.WriteStream & { text: string } {
  const kept = Object.assign(new Writable({ write }), { isTTY, columns: 100, text: "" });
  function write(chunk: Buffer, _: string, done: () => void): void {
    kept.text += chunk;
    done();
  }
  return kept as unknown as NodeJS.WriteStream & { text: string };
}

test("a bar on a terminal steps aside for a line, and leaves nothing behind", async () => {
  const terminal = stream(true);
  const output = stream(false);
  const progress = new Progress({ stream: terminal, output });
  progress.begin("epoch 1/3", 40);
  progress.update(10, "120 images/s, loss 0.5000");
  await setTimeout(250);
  assert.match(terminal.text, /epoch 1\/3 █{6}░{18} 25% 10\/40 120 images\/s, loss 0\.5000/);
  progress.line("a result");
  assert.equal(output.text, "a result\n");
  assert.equal(terminal.text.split(CLEAR).length, 2);
  progress.end();
  progress.update(11, "too late");
  assert(terminal.text.endsWith(CLEAR));
  progress.begin("Loading the model");
  progress.end();
  assert.match(terminal.text, /Loading the model …/);
  assert(terminal.text.endsWith(CLEAR));
});

test("in a pipe there are lines after two seconds, and none for what is quick", async () => {
  const pipe = stream(false);
  const progress = new Progress({ stream: pipe, output: stream(false) });
  progress.begin("tagging", 500);
  progress.update(1, "10 images/s");
  assert.equal(pipe.text, "");
  await setTimeout(2050);
  progress.update(100, "50 images/s");
  progress.update(101, "50 images/s");
  progress.begin("Loading the model");
  await setTimeout(2050);
  progress.begin("Compiling the network");
  progress.end();
  assert.equal(pipe.text, "tagging: 100 of 500, 50 images/s\nLoading the model …\n");
});

test("beside JSON there is neither bar nor line, but warnings are told", () => {
  const terminal = stream(true);
  const output = stream(true);
  const progress = new Progress({ json: true, stream: terminal, output });
  progress.begin("tagging", 5);
  progress.update(1, "");
  progress.line("for people");
  progress.warn("a warning");
  progress.result("{}\n");
  progress.end();
  assert.equal(terminal.text, "a warning\n");
  assert.equal(output.text, "{}\n");
});

test("speeds and durations are told in units that people read", () => {
  assert.equal(speedOf(3.06), "3.1 images/s");
  assert.equal(speedOf(123.4), "123 images/s");
  assert.deepEqual([0.2, 59.4, 59.6, 200, 7500].map(duration), [
    "0 s",
    "59 s",
    "1 min 0 s",
    "3 min 20 s",
    "2 h 5 min",
  ]);
  assert.equal(new Pace(10).note(0), "");
});

test("tables line up, with numbers to the right, and need no terminal", () => {
  const drawn = table(
    [["label"], ["AP", "right"]],
    [
      ["猫", number(0.5)],
      ["a long one", number(null)],
    ],
  );
  assert.equal(stripVTControlCharacters(drawn), "label          AP\n猫          0.500\na long one      –");
});

test("CSV fields are quoted as RFC 4180 wants", () => {
  assert.equal(
    csvLine(["plain", 'say "x"', "a,b", "two\nlines", 0.5]),
    'plain,"say ""x""","a,b","two\nlines",0.5',
  );
});
