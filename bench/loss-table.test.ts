// The page on the loss shows what the program prints.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { lossTable } from "./loss-table.js";

test("docs/explanation/loss.md holds the tables as they are printed", () => {
  const page = readFileSync("docs/explanation/loss.md", "utf8");
  assert.ok(
    page.includes(lossTable()),
    "Put the output of `npm run loss-table` into docs/explanation/loss.md.",
  );
});

test("nothing of ours stands in bold", () => {
  const rows = lossTable()
    .split("\n")
    .filter((line) => /^\| [\d.]+ \|/.test(line));
  assert.equal(rows.length, 32);
  for (const row of rows) assert.doesNotMatch(row.split("|").at(-2) ?? "", /\*/);
});
