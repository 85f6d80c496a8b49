// Initialisation, against the formula of He et al. and the deviations that torchvision draws.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { random } from "../base/random.js";
import { sizeOf } from "../graph/tensor.js";
import { kaimingNormal } from "./init.js";
import { resnet } from "./resnet.js";

interface Golden {
  deviations: Record<string, number>;
}
const golden: Record<string, Golden> = JSON.parse(readFileSync("test/golden/resnet.json", "utf8"));

function statistics(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

describe("kaimingNormal", () => {
  const cases = [
    { options: {}, shape: [80, 2048], deviation: Math.sqrt(2 / 2048) },
    { options: {}, shape: [64, 128, 3, 3], deviation: Math.sqrt(2 / (128 * 9)) },
    { options: { mode: "fan_out" }, shape: [64, 128, 3, 3], deviation: Math.sqrt(2 / (64 * 9)) },
    { options: { gain: 1 }, shape: [200, 500], deviation: Math.sqrt(1 / 500) },
  ] as const;
  for (const { options, shape, deviation } of cases) {
    test(`${JSON.stringify(options)} of [${shape}] has mean 0 and deviation ${deviation.toFixed(5)}`, () => {
      const values = kaimingNormal(options)(shape, random(1, "test"));
      const n = sizeOf(shape);
      assert.equal(values.length, n);
      const found = statistics(values);
      // Five standard errors: wrong once in two million seeds, and this seed is fixed.
      assert.ok(Math.abs(found.mean) < (5 * deviation) / Math.sqrt(n), `mean ${found.mean}`);
      assert.ok(Math.abs(found.deviation / deviation - 1) < 5 / Math.sqrt(2 * n), `${found.deviation}`);
      const far = values.filter((x) => Math.abs(x) > 2 * deviation).length / n;
      assert.ok(Math.abs(far - 0.0455) < 0.005, `normal: 4.55 % beyond two deviations, not ${far}`);
    });
  }
});

describe("a ResNet from a seed", () => {
  const { graph } = resnet("resnet18", { seed: 3 });
  const data = (name: string, from = graph) => from.initializers.get(name)?.data as Float32Array;

  test("has convolutions as spread as torchvision's, all others 1 or 0", () => {
    for (const [name, wanted] of Object.entries(golden.resnet18.deviations)) {
      const { deviation } = statistics(data(name));
      // Both are drawn: the smaller has 9,408 values, so 1/√(2n) is 0.7 %.
      assert.ok(Math.abs(deviation / wanted - 1) < 0.03, `${name}: ${deviation}, torchvision ${wanted}`);
    }
    for (const [part, value] of Object.entries({ weight: 1, bias: 0, running_mean: 0, running_var: 1 })) {
      assert.ok(data(`layer2.0.downsample.1.${part}`).every((x) => x === value));
    }
  });

  test("is the same again from that seed, and another from another", () => {
    const first = resnet("resnet10-small", { seed: 3 }).graph;
    const again = resnet("resnet10-small", { seed: 3 }).graph;
    const other = resnet("resnet10-small", { seed: 4 }).graph;
    for (const name of first.initializers.keys()) assert.deepEqual(data(name, again), data(name, first));
    assert.notDeepEqual(data("conv1.weight", other), data("conv1.weight", first));
  });

  test("gives a weight the same values whatever else the network has", () => {
    const small = data("conv1.weight");
    const large = data("conv1.weight", resnet("resnet34", { seed: 3 }).graph);
    assert.deepEqual(large, small);
    assert.notDeepEqual(data("layer1.0.conv1.weight"), data("layer1.0.conv2.weight"));
  });
});
