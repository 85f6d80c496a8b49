// Every option is documented where an editor shows it: by a comment above its key, with its default or its range.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkOptions, type TrainOptions } from "./options.js";

const source = (name: string) =>
  readFile(fileURLToPath(new URL(`../../../../src/training/recipe/${name}`, import.meta.url)), "utf8");

test("each key of the options has a doc comment that names its default, if it can be left out", async () => {
  const text = await source("options.ts");
  const [schema] = /const schema = z\.strictObject\(\{.*?\n\}\);/s.exec(text) ?? [""];
  const keys = [...schema.matchAll(/^ {2}(\w+): ?(?:z|natural|path|channels)/gm)];
  assert.ok(keys.length > 50, `${keys.length} keys`);
  const undocumented = keys.flatMap(({ 1: name, index }) => {
    const [comment] = /\/\*\*(?:(?!\/\*\*).)*\*\/\s*$/s.exec(schema.slice(0, index)) ?? [""];
    const required = name === "data" || name === "out";
    return comment !== "" && (required || /default/i.test(comment) || name === "batch" || name === "std")
      ? []
      : [name];
  });
  assert.deepEqual(undocumented, []);
});

test("an old name gives the new one, and batch and batchSize are one option", () => {
  const check = (options: object) => checkOptions({ data: "d.csv", out: "run", ...options } as TrainOptions);
  assert.throws(() => check({ lrDecay: 0.5 }), {
    code: "OPTIONS",
    message: /lrDecay: its name is layerDecay now/,
  });
  assert.equal(check({ batchSize: 4 }).batch, 4);
  assert.equal(check({ batch: 4 }).batch, 4);
  assert.throws(() => check({ batch: 4, batchSize: 8 }), /batchSize: 8, and batch is 4; they are one option/);
});
