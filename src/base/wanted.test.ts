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
    [{ epochs: -1 }, "epochs: a number of at least 0 is wanted"],
    [{ epochs: 1.5 }, "epochs: a whole number is wanted"],
    [{ epochs: "1" }, "epochs: a number is wanted"],
    [{ epochs: Number.NaN }, "epochs: a number is wanted"],
    [{ size: 16 }, "size: a number above 16 is wanted"],
    [{ size: 32 }, "size: a number below 32 is wanted"],
    [{ schedule: "linear" }, "schedule: onecycle, cosine or constant is wanted"],
    [{ heads: 3 }, "heads: 1 or 2 is wanted"],
    [{ out: "" }, "out: a text that is not empty is wanted"],
    [{ out: 7 }, "out: a text is wanted"],
    [{ json: 1 }, "json: true or false is wanted"],
    [{ names: ["a"] }, "names: a list of at least 2 is wanted"],
    [{ names: 1 }, "names: a list is wanted"],
    [{ epoch: 1 }, "there is no epoch; the nearest is epochs"],
    [undefined, "an object is wanted"],
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
    "epochs: a number of at least 0 is wanted",
    "out: a text is wanted",
    "precision: only fp32 can be had",
  ]);
});
