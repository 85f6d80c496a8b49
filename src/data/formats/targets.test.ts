// Sparse targets hold what dense ones do, and CSV records what was written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../base/errors.js";
import { random } from "../../base/random.js";
import { csvRecords } from "./csv-records.js";
import { type Targets, TargetsBuilder } from "./targets.js";

const stream = random(1, "targets");
const [rows, width] = [300, 17];
const kinds = [0, 0, 0, 0, 1, 1, -1, 0.25];
const drawn = Array.from({ length: rows }, (_, row) =>
  Float32Array.from({ length: width }, () => (row % 3 === 0 ? -1 : kinds[stream.integer(kinds.length)])),
);

function built(): Targets {
  const builder = new TargetsBuilder();
  for (const [i, row] of drawn.entries()) {
    if (i % 2 === 0) builder.addDense(row);
    else {
      // In any order, and with what is like the others named too.
      const named = Array.from(row, (target, column) => [column, target] as const);
      builder.add(i % 4 === 1 ? 0 : -1, named.reverse());
    }
  }
  return builder.build(width);
}

test("rows are those that were added, however they are asked for", () => {
  const targets = built();
  assert.equal(targets.rows, rows);
  assert.deepEqual(targets.dense("a.csv"), Float32Array.from(drawn.flatMap((row) => [...row])));
  for (const [i, row] of drawn.entries()) {
    assert.deepEqual(targets.row(i), row);
    for (let column = 0; column < width; column++) assert.equal(targets.at(i, column), row[column]);
    for (const isSo of [(t: number) => t > 0, (t: number) => t < 0, (t: number) => t === 0]) {
      assert.equal(targets.some(i, isSo), row.some(isSo));
    }
  }
});

test("columns move, go, and are made of what holds otherwise", () => {
  const to = Int32Array.from({ length: width }, (_, column) =>
    column % 5 === 0 ? -1 : (column * 7) % width,
  );
  for (const otherwise of [0, -1] as const) {
    const moved = built().moved(to, width + 2, otherwise);
    for (const [i, row] of drawn.entries()) {
      const wanted = new Float32Array(width + 2).fill(otherwise);
      for (const [column, target] of row.entries()) if (to[column] >= 0) wanted[to[column]] = target;
      assert.deepEqual(moved.row(i), wanted);
    }
  }
});

test("more targets than fit into memory are refused before they are made", () => {
  const builder = new TargetsBuilder();
  for (let i = 0; i < 40_000; i++) builder.add(0, []);
  assert.throws(() => builder.build(40_000).dense("a.csv"), UserError);
});

test("CSV records are what was written, with quotes, blanks and line ends in fields", () => {
  const letters = ["a", "b", ",", '"', "\n", " ", "é", ";"];
  for (let round = 0; round < 500; round++) {
    const written = Array.from({ length: 1 + stream.integer(4) }, () =>
      Array.from({ length: 2 + stream.integer(3) }, () =>
        Array.from({ length: stream.integer(6) }, () => letters[stream.integer(letters.length)]).join(""),
      ),
    );
    const quoted = (field: string) =>
      /[,"\n]|^\s|\s$/.test(field) || stream.integer(4) === 0
        ? ` "${field.replaceAll('"', '""')}" `
        : ` ${field} `;
    const text = written.map((fields) => `${fields.map(quoted).join(",")}\n`).join("");
    let row = 1;
    const wanted = written.flatMap((fields) => {
      const record = { fields, row };
      row += 1 + fields.join("").split("\n").length - 1;
      return fields.some((field) => field !== "") ? [record] : [];
    });
    assert.deepEqual([...csvRecords(text, ",", "a.csv")], wanted, JSON.stringify(text));
  }
});
