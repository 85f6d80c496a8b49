// Data and options at the edge of what makes sense, on the command line.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { numbersCases, wrongNumber } from "./numbers.js";

describe("Data at the edge of what makes sense train, or give the error that helps", () => {
  for (const one of numbersCases) {
    test(one.name, async () => assert.equal(await wrongNumber(one), undefined));
  }
});
