import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { problemsIn, wanted } from "./wanted.js";

const schema = z.strictObject({
  epochs: z.int().min(0).optional(),
  size: z.number().gt(16).lt(32).optional(),
  schedule: z.enum(["onecycle", "cosine", "constant"]).optional(),
  heads: z.literal([1, 2]).optional(),
  out: z.string().min(1).optional(),
  json: z.boolean().optional(),
  names: z.array(z.string()).min(2).optional(),
  lr: z.number().optional(),
  precision: z.enum(["fp32"], { error: "only fp32 can be had" }).optional(),
});

const problems = (value: unknown) => problemsIn(schema.safeParse(value, { error: wanted }).error);

test("what was wanted is told in words", () => {
  for (const [value, problem] of [
    [{ epochs: -1 }, "epochs: must be a number of at least 0"],
    [{ epochs: 1.5 }, "epochs: must be a whole number"],
    [{ epochs: "1" }, "epochs: must be a number"],
    [{ epochs: Number.NaN }, "epochs: must be a number"],
    [{ size: 16 }, "size: must be a number above 16"],
    [{ size: 32 }, "size: must be a number below 32"],
    [{ schedule: "linear" }, "schedule: must be onecycle, cosine or constant"],
    [{ heads: 3 }, "heads: must be 1 or 2"],
    [{ out: "" }, "out: must not be empty"],
    [{ out: 7 }, "out: must be a text"],
    [{ json: 1 }, "json: must be true or false"],
    [{ names: ["a"] }, "names: must be a list of at least 2"],
    [{ names: 1 }, "names: must be a list"],
    [{ epoch: 1 }, "there is no epoch; the nearest is epochs"],
    [undefined, "must be an object"],
  ] as const) {
    assert.deepEqual(problems(value), [problem]);
  }
});

test("few names are all told, of many the nearest", () => {
  const few = z.strictObject({ port: z.int(), host: z.string() });
  assert.deepEqual(problemsIn(few.safeParse({ port: 1, host: "a", hots: 2 }, { error: wanted }).error), [
    "there is no hots; there are port, host",
  ]);
});

test("a schema's own sentence comes first, and all problems come at once", () => {
  assert.deepEqual(problems({ precision: "fp8", epochs: -1, out: 1 }).sort(), [
    "epochs: must be a number of at least 0",
    "out: must be a text",
    "precision: only fp32 can be had",
  ]);
});
