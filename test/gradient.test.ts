// Gradients on every engine against PyTorch's autograd, and each rule against finite differences in float64.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Program, Tensors } from "../src/engines/engine.js";
import { differentiate } from "../src/graph/gradient/differentiate.js";
import type { Graph } from "../src/graph/graph.js";
import { differentiableOps } from "../src/graph/operators/index.js";
import { type Tensor, tensor } from "../src/graph/tensor.js";
import { engines } from "./engines.js";
import {
  batches,
  type Case,
  distance,
  distanceBetween,
  draw,
  goldenOf,
  graphOf,
  groupsOf,
  inputsOf,
  nameOf,
  numbers,
  readCases,
  seedOf,
} from "./golden/cases.js";
import { referenceEngine } from "./reference/engine.js";

const differentiable = (one: Case) => goldenOf(one, 1).seeds !== undefined;
const operatorCases = readCases("ops.json").filter(differentiable);
const networks = readCases("graphs.json").filter(differentiable);

/** The inputs of a case that have gradients, by their names in the graph. */
function wantedOf(one: Case): string[] {
  return Object.keys(goldenOf(one, 1).gradients ?? {}).map((input) => nameOf(one, input));
}

/** The outputs of a case where the walk back begins, with their numbers. */
function seedsOf(one: Case): [string, number][] {
  return (goldenOf(one, 1).seeds ?? []).map((output) => [nameOf(one, output), one.outputs.indexOf(output)]);
}

/** The cases' graph with the gradients of their outputs as inputs and those of their inputs as outputs. */
function gradientGraph(cases: readonly Case[]): { graph: Graph; gradients: Map<string, string> } {
  const graph = graphOf(cases);
  const infos = new Map([...graph.inputs, ...graph.outputs].map((info) => [info.name, info]));
  const info = (name: string) => infos.get(name) ?? assert.fail(`${name} is neither input nor output`);
  const seeds = new Map<string, string>();
  for (const [output] of cases.flatMap(seedsOf)) {
    seeds.set(output, `d ${output}`);
    graph.inputs.push({ ...info(output), name: `d ${output}` });
  }
  const gradients = differentiate(graph, seeds, cases.flatMap(wantedOf));
  const made = new Map([...gradients].map(([input, name]) => [name, { ...info(input), name }]));
  graph.outputs = [...made.values()];
  return { graph, gradients };
}

/** The cases' inputs and drawn gradients of their outputs. */
function feedsOf(cases: readonly Case[], batch: number): Tensors {
  const feeds = inputsOf(cases, batch);
  for (const one of cases) {
    for (const [output, i] of seedsOf(one)) {
      feeds[`d ${output}`] = seedOf(i, goldenOf(one, batch).outputs[i].shape);
    }
  }
  return feeds;
}

for (const { name, engine, exact, lacks } of engines) {
  describe(`gradients on ${name} are PyTorch's`, () => {
    // Constants of a rule, such as 2/√π, are float32 on every engine.
    const tolerance = exact ? 1e-7 : 1e-5;
    for (const [group, cases] of groupsOf([...operatorCases, ...networks])) {
      it(group, { skip: lacks.includes(group) && `${name} has no ${group}` }, async () => {
        const { graph, gradients } = gradientGraph(cases);
        assert.deepEqual([...gradients.keys()], cases.flatMap(wantedOf));
        const program = await engine.compile(graph);
        const oracle = await referenceEngine().compile(graph);
        const faults: string[] = [];
        for (const batch of batches) {
          const feeds = feedsOf(cases, batch);
          const [results, expected] = [await program.run(feeds), await oracle.run(feeds)];
          for (const one of cases) {
            for (const [input, digest] of Object.entries(goldenOf(one, batch).gradients ?? {})) {
              const value = nameOf(one, input);
              const gradient = gradients.get(value) ?? "";
              assert.deepEqual(results[gradient].shape, feeds[value].shape, `shape of ${value}'s gradient`);
              const away = distance(results[gradient], digest);
              if (!(away <= tolerance)) faults.push(`${value} at N = ${batch}: ${away} from PyTorch's`);
              const apart = distanceBetween(results[gradient], expected[gradient]);
              if (!(apart <= tolerance)) faults.push(`${value} at N = ${batch}: ${apart} from the oracle's`);
            }
          }
        }
        await program.close();
        assert.deepEqual(faults, []);
      });
    }
  });
}

it("every operator with a gradient rule has a case", () => {
  const tried = new Set(operatorCases.flatMap((one) => one.nodes.map((node) => node.op)));
  // Steps, whose gradient is zero: none is made, and so none is compared.
  for (const op of ["Sign", "Floor", "Ceil", "Round"]) tried.add(op);
  assert.deepEqual(
    [...differentiableOps].filter((op) => !tried.has(op)),
    [],
  );
});

describe("gradients are what finite differences give in float64", () => {
  const step = 1e-5;
  const tolerance = 1e-7;
  /** Elements of each input that are moved one by one; then all are moved together. */
  const most = 20;

  for (const [group, cases] of groupsOf([...operatorCases, ...networks])) {
    it(group, async () => {
      for (const one of cases) {
        const forward = await referenceEngine().compile(graphOf([one]));
        const { graph, gradients } = gradientGraph([one]);
        const feeds = feedsOf([one], 2);
        const results = await (await referenceEngine().compile(graph)).run(feeds);
        for (const input of wantedOf(one)) {
          const gradient = numbers(results[gradients.get(input) ?? ""]);
          const scale = Math.max(1, ...gradient.map(Math.abs));
          for (const direction of directions(gradient.length, most)) {
            const expected = gradient.reduce((sum, g, i) => sum + g * direction[i], 0);
            const [above, below] = [step, -step].map((h) => moved(feeds[input], direction, h));
            const rise =
              (await lossOf(one, forward, { ...feeds, [input]: above })) -
              (await lossOf(one, forward, { ...feeds, [input]: below }));
            const difference = Math.abs(rise / (2 * step) - expected);
            assert.ok(
              difference <= tolerance * scale * direction.filter((d) => d !== 0).length,
              `${input}: ${expected}, but ${rise / (2 * step)} by differences`,
            );
          }
        }
      }
    });
  }

  /** Single elements, spread evenly, and a drawn direction that moves all. */
  function directions(length: number, most: number): Float64Array[] {
    const count = Math.min(length, most);
    const single = Array.from({ length: count }, (_, i) => {
      const direction = new Float64Array(length);
      direction[Math.floor((i * length) / count)] = 1;
      return direction;
    });
    return [...single, draw(77, length).map((u) => 2 * u - 1)];
  }

  function moved(x: Tensor, direction: Float64Array, by: number): Tensor {
    return tensor(
      "float64",
      x.shape,
      numbers(x).map((v, i) => v + by * direction[i]),
    );
  }

  /** Σ dY·Y over all outputs that have a gradient. */
  async function lossOf(one: Case, program: Program, feeds: Tensors): Promise<number> {
    const results = await program.run(feeds);
    let loss = 0;
    for (const [output] of seedsOf(one)) {
      const dY = numbers(feeds[`d ${output}`]);
      loss += numbers(results[output]).reduce((sum, y, i) => sum + y * dY[i], 0);
    }
    return loss;
  }
});
