// multihot/metrics and multihot/losses in a page: the compiled modules as they are, without a bundler, with Node's values.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { random } from "../../src/base/random.js";
import { lossByName, lossNames } from "../../src/losses/index.js";
import {
  averagePrecisionIntervals,
  chooseThresholds,
  multilabelReport,
  plattScaling,
} from "../../src/metrics/index.js";
import { withoutBrowser } from "./chromium.js";
import { openSite, type Site } from "./fixture.js";

const [images, labels] = [60, 4];
const shape = { images, labels };
const stream = random(1, "pure modules");
const targets = Array.from({ length: images * labels }, () =>
  stream.uniform() < 0.1 ? -1 : Number(stream.uniform() < 0.3),
);
const logits = targets.map((target) => Math.fround(stream.normal() + 2 * Math.max(0, target) - 1));
const names = ["a", "b", "c", "d"];

describe("pure modules in Chromium", { skip: withoutBrowser }, () => {
  let site: Site;
  before(async () => {
    site = await openSite({});
  });
  after(() => site?.close());

  test("metrics give what they give in Node", async () => {
    const page = await site.open();
    const found = await page.evaluate(`import("/lib/src/metrics/index.js").then((m) => {
      const [logits, targets, shape] = ${JSON.stringify([logits, targets, shape])};
      return {
        report: m.multilabelReport(logits, targets, { images: shape.images, labels: ${JSON.stringify(names)} }),
        interval: m.averagePrecisionIntervals(logits, targets, shape).mAP,
        platt: m.plattScaling(logits, targets, shape),
        thresholds: Array.from(m.chooseThresholds(logits.map((x) => 1 / (1 + Math.exp(-x))), targets, { ...shape, for: "f1" })),
      };
    })`);
    const probabilities = logits.map((x) => 1 / (1 + Math.exp(-x)));
    const expected = {
      report: multilabelReport(logits, targets, { images, labels: names }),
      interval: averagePrecisionIntervals(logits, targets, shape).mAP,
      platt: plattScaling(logits, targets, shape),
      thresholds: Array.from(chooseThresholds(probabilities, targets, { ...shape, for: "f1" })),
    };
    close(found, expected);
    await page.context().close();
  });

  test("losses give their values and gradients, the WebAssembly of one included", async () => {
    const page = await site.open();
    for (const name of lossNames) {
      const found = await page.evaluate(`import("/lib/src/losses/index.js").then((m) => {
        const [logits, targets, shape] = ${JSON.stringify([logits, targets, shape])};
        const result = m.lossByName(${JSON.stringify(name)}, {}).evaluate(new Float32Array(logits), new Float32Array(targets), shape);
        return { loss: result.loss, gradient: Array.from(result.gradient) };
      })`);
      const { loss, gradient } = lossByName(name, {}).evaluate(
        Float32Array.from(logits),
        Float32Array.from(targets),
        shape,
      );
      close(found, { loss, gradient: Array.from(gradient) });
    }
    // Nothing was asked for but the project's own files.
    assert.deepEqual(
      site.server.asked.filter((path) => path !== "/" && !path.startsWith("/lib/src/")),
      [],
    );
    await page.context().close();
  });
});

/** Equal but for the last digits, in which engines' exp and log may differ. */
function close(found: unknown, expected: unknown, where = "it"): void {
  if (typeof expected === "number") {
    assert.ok(
      Math.abs(Number(found) - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
      `${where}: ${found}, not ${expected}`,
    );
  } else if (typeof expected === "object" && expected !== null) {
    for (const [key, value] of Object.entries(expected))
      close((found as Record<string, unknown>)[key], value, `${where}.${key}`);
  } else assert.equal(found, expected, where);
}
