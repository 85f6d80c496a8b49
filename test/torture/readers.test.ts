// Readers of strangers' files: what once broke one, files crafted to be slow, and some thousand damaged ones. `npm run torture`
// tries as many as there is time for.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { UserError } from "../../src/base/errors.js";
import { crafted } from "./crafted.js";
import { flaw, fuzz } from "./fuzz.js";
import { readers } from "./readers.js";

const folder = mkdtempSync(join(tmpdir(), "multihot-readers-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const corpus = new URL("../../../test/torture/corpus/", import.meta.url);

for (const reader of await readers(folder)) {
  describe(`the reader of ${reader.name}`, () => {
    test("takes real files", async () => {
      for (const seed of reader.seeds) assert.equal(await flaw(reader, seed), undefined);
    });

    const kept = new URL(`${reader.name.replace(" ", "-")}/`, corpus);
    for (const file of existsSync(kept) ? readdirSync(kept) : []) {
      test(`is not broken by ${file} any more`, async () => {
        assert.equal(await flaw(reader, readFileSync(new URL(file, kept))), undefined);
      });
    }
  });
}

test("Damaged files of every kind end in a result or an error for people", async () => {
  for (const reader of await readers(folder)) {
    const { notes, survived } = await fuzz(reader, { seed: 1, executions: 200 });
    assert.deepEqual(
      { reader: reader.name, notes, survived },
      { reader: reader.name, notes: [], survived: 200 },
    );
  }
});

describe("Crafted files end soon, in a result or an error for people of bounded length", () => {
  for (const { name, run } of crafted) {
    test(name, { timeout: 120_000 }, async () => {
      const place = await mkdtemp(join(tmpdir(), "multihot-crafted-"));
      try {
        await run(place);
      } catch (error) {
        assert.ok(error instanceof UserError, String((error as Error)?.stack ?? error).slice(0, 2000));
        assert.ok(error.message.length < 60_000, `${error.message.length} letters`);
      } finally {
        await rm(place, { recursive: true, force: true });
      }
    });
  }
});
