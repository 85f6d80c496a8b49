// What exporters write as many nodes is found, computes the same as one node, and comes apart again.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GraphBuilder } from "../src/graph/builder.js";
import { Graph } from "../src/graph/graph.js";
import { recognizeComposites } from "../src/graph/passes/composites.js";
import { decompose } from "../src/graph/passes/decompose.js";
import { float32 } from "../src/graph/tensor.js";
import { draw, numbers } from "./golden/cases.js";
import { referenceEngine } from "./reference/engine.js";

type Write = (op: string, ...inputs: string[]) => string;

/** A graph of x, float32 [N, 3, 5], and what `write` makes of it. */
function graphOf(
  write: (add: Write, number: (value: number) => string, builder: GraphBuilder) => string,
): Graph {
  const builder = new GraphBuilder(new Graph());
  builder.input({ name: "x", type: "float32", shape: ["N", 3, 5] });
  const number = (value: number) => builder.scalar(value);
  const y = write((op, ...inputs) => builder.node(op, inputs), number, builder);
  builder.output({ name: y, type: "float32", shape: ["N", 3, 5] });
  return builder.graph;
}

function layerNorm(square: "Pow" | "Mul", swapped: boolean): Graph {
  return graphOf((add, number, builder) => {
    const mean = (value: string) =>
      builder.node("ReduceMean", [value], { attributes: { axes: [-1], keepdims: 1 } });
    const centred = add("Sub", "x", mean("x"));
    const squares = square === "Pow" ? add("Pow", centred, number(2)) : add("Mul", centred, centred);
    const deviation = add("Sqrt", add("Add", mean(squares), number(1e-3)));
    const scale = builder.initializer("scale", float32([5], [1, 2, 0.5, -1, 3]));
    const bias = builder.initializer("bias", float32([5], [0, 1, 0.5, -1, 2]));
    const quotient = add("Div", centred, deviation);
    const scaled = swapped ? add("Mul", scale, quotient) : add("Mul", quotient, scale);
    return swapped ? add("Add", bias, scaled) : add("Add", scaled, bias);
  });
}

const spellings: Record<string, [op: string, graph: Graph][]> = {
  "GELU by erf": [
    [
      "Gelu",
      graphOf((add, n) =>
        add("Mul", add("Mul", "x", add("Add", add("Erf", add("Div", "x", n(Math.SQRT2))), n(1))), n(0.5)),
      ),
    ],
    [
      "Gelu",
      graphOf((add, n) =>
        add("Mul", add("Mul", n(0.5), "x"), add("Add", n(1), add("Erf", add("Mul", "x", n(Math.SQRT1_2))))),
      ),
    ],
    [
      "Gelu",
      graphOf((add, n) =>
        add(
          "Mul",
          "x",
          add("Mul", n(0.5), add("Add", add("Erf", add("Div", "x", n(Math.fround(Math.SQRT2)))), n(1))),
        ),
      ),
    ],
  ],
  "GELU by tanh": [
    [
      "Gelu",
      graphOf((add, n) => {
        const cube = add("Mul", n(0.044715), add("Pow", "x", n(3)));
        const t = add("Tanh", add("Mul", n(Math.sqrt(2 / Math.PI)), add("Add", "x", cube)));
        return add("Mul", add("Mul", n(0.5), "x"), add("Add", n(1), t));
      }),
    ],
  ],
  SiLU: [
    ["Swish", graphOf((add) => add("Mul", "x", add("Sigmoid", "x")))],
    ["Swish", graphOf((add, n) => add("Mul", add("Sigmoid", add("Mul", n(1.702), "x")), "x"))],
  ],
  "hard-swish": [
    [
      "HardSwish",
      graphOf((add, _, builder) =>
        add("Mul", builder.node("HardSigmoid", ["x"], { attributes: { alpha: { float: 1 / 6 } } }), "x"),
      ),
    ],
  ],
  "layer normalization": [
    ["LayerNormalization", layerNorm("Pow", false)],
    ["LayerNormalization", layerNorm("Mul", true)],
  ],
};

async function run(graph: Graph): Promise<Float64Array> {
  const program = await referenceEngine().compile(graph);
  const x = float32(
    [2, 3, 5],
    draw(5, 30).map((u) => 6 * u - 3),
  );
  return numbers((await program.run({ x }))[graph.outputs[0].name]);
}

for (const [name, graphs] of Object.entries(spellings)) {
  describe(name, () => {
    graphs.forEach(([op, graph], i) => {
      it(`is one node in spelling ${i + 1}, and comes apart again`, async () => {
        const whole = recognizeComposites(graph);
        assert.deepEqual(
          whole.nodes.map((node) => node.op),
          [op],
        );
        const apart = decompose(whole, () => true);
        assert.ok(apart.nodes.length > 1 && !apart.nodes.some((node) => node.op === op));
        const expected = await run(graph);
        for (const found of [await run(whole), await run(apart)]) {
          found.forEach((y, k) => {
            assert.ok(Math.abs(y - expected[k]) < 1e-6, `${y}, not ${expected[k]}`);
          });
        }
      });
    });
  });
}

it("what only resembles a composite, or whose inside is used elsewhere, stays", () => {
  const others = [
    graphOf((add, n) =>
      add("Mul", add("Mul", "x", add("Add", add("Erf", add("Div", "x", n(2))), n(1))), n(0.5)),
    ),
    graphOf((add) => add("Mul", add("Relu", "x"), add("Sigmoid", "x"))),
    graphOf((add) => {
      const gate = add("Sigmoid", "x");
      return add("Add", add("Mul", "x", gate), gate);
    }),
  ];
  for (const graph of others) assert.equal(recognizeComposites(graph).nodes.length, graph.nodes.length);
});
