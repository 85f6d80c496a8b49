// Every operator on every engine against PyTorch: the cases of golden/ops.py, compiled once for all batch sizes.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inferShapes } from "../src/graph/shapes.js";
import type { Tensor } from "../src/graph/tensor.js";
import { engines } from "./engines.js";
import {
  batches,
  distance,
  distanceBetween,
  goldenOf,
  graphOf,
  groupsOf,
  inputsOf,
  isFloating,
  nameOf,
  numbers,
  readCases,
} from "./golden/cases.js";
import { operators, referenceEngine } from "./reference/engine.js";

const cases = readCases("ops.json");

/** What is wrong with an output, if something is: beside PyTorch's digest and, element by element, the oracle's. */
function fault(found: Tensor, oracle: Tensor, golden: { shape: number[]; digest: number[] }, exact: boolean) {
  if (oracle.shape.join() !== golden.shape.join())
    return `the reference engine gives shape [${oracle.shape}]`;
  if (found.shape.join() !== golden.shape.join()) return `shape [${found.shape}]`;
  const tolerance = exact ? 1e-10 : 1e-5;
  const away = distance(found, golden.digest);
  if (!(away <= tolerance)) return `${away} away from PyTorch's`;
  if (exact) return undefined;
  if (isFloating(oracle.type)) {
    const apart = distanceBetween(found, oracle);
    return apart <= tolerance ? undefined : `${apart} away from the reference engine's`;
  }
  if (found.type !== oracle.type) return `type ${found.type}`;
  return numbers(found).every((v, i) => v === Number(oracle.data[i])) ? undefined : "differs";
}

for (const { name, engine, exact, lacks } of engines) {
  describe(`operators on ${name}`, () => {
    for (const [op, group] of groupsOf(cases)) {
      it(op, { skip: lacks.includes(op) && `${name} has no ${op}` }, async () => {
        const graph = graphOf(group);
        const program = await engine.compile(graph);
        const oracle = await referenceEngine().compile(graph);
        const faults: string[] = [];
        for (const batch of batches) {
          const inputs = inputsOf(group, batch);
          const [results, expected] = [await program.run(inputs), await oracle.run(inputs)];
          for (const one of group) {
            for (const [i, golden] of goldenOf(one, batch).outputs.entries()) {
              const value = nameOf(one, one.outputs[i]);
              const found = fault(results[value], expected[value], golden, exact);
              if (found !== undefined) faults.push(`${value} at N = ${batch}: ${found}`);
            }
          }
        }
        await program.close();
        assert.deepEqual(faults, []);
      });
    }
  });
}

it("shape inference foretells every case's shapes", () => {
  const infos = inferShapes(graphOf(cases));
  for (const one of cases) {
    for (const batch of batches) {
      for (const [i, { shape }] of goldenOf(one, batch).outputs.entries()) {
        const name = nameOf(one, one.outputs[i]);
        const inferred = infos.get(name)?.shape ?? [];
        // A name other than "N" stands for a size that is not known before a run.
        const foretold = inferred.map((dimension, axis) => {
          if (dimension === "N") return batch;
          return typeof dimension === "number" ? dimension : shape[axis];
        });
        assert.deepEqual(foretold, shape, `${name}: [${inferred}] at N = ${batch}`);
      }
    }
  }
});

it("every operator that the reference engine knows has a case", () => {
  const tried = new Set(cases.flatMap((one) => one.nodes.map((node) => node.op)));
  // Theirs are in quantization.test.ts and losses.test.ts.
  for (const op of ["QuantizeLinear", "DequantizeLinear", "MultiLabelLoss"]) tried.add(op);
  assert.deepEqual(
    operators.filter((op) => !tried.has(op)),
    [],
  );
});
