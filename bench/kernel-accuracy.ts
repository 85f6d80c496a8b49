// Prints how far ONNX Runtime's kernels are from exact, in ulp of float32: node dist/bench/kernel-accuracy.js
import { random } from "../src/base/random.js";
import { ortEngine } from "../src/engines/ort/engine.js";
import { GraphBuilder } from "../src/graph/builder.js";
import { Graph } from "../src/graph/graph.js";
import { elementTypes } from "../src/graph/onnx-types.js";
import { float32 } from "../src/graph/tensor.js";
import { ulps } from "../test/exact-loss.js";

interface Kernel {
  op: string;
  type: "float32" | "float64";
  range: [number, number];
  exact: (x: number) => number;
}

const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const kernels: Kernel[] = [
  { op: "Exp", type: "float32", range: [-80, 0], exact: Math.exp },
  { op: "Log", type: "float32", range: [1, 2], exact: Math.log },
  { op: "Softplus", type: "float32", range: [-80, 80], exact: softplus },
  { op: "Sigmoid", type: "float32", range: [-80, 80], exact: sigmoid },
  { op: "Sigmoid", type: "float64", range: [-80, 80], exact: sigmoid },
  { op: "Exp", type: "float64", range: [-80, 0], exact: Math.exp },
  { op: "Log", type: "float64", range: [1, 2], exact: Math.log },
];

/** The largest distance over 200,000 random points, and where. */
async function worst({ op, type, range: [low, high], exact }: Kernel): Promise<[number, number]> {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  const cast = (value: string, to: Kernel["type"]) =>
    type === "float32" ? value : builder.node("Cast", [value], { attributes: { to: elementTypes[to].code } });
  const x = builder.input({ name: "x", type: "float32", shape: ["N"] });
  const y = cast(builder.node(op, [cast(x, type)]), "float32");
  builder.output({ name: y, type: "float32", shape: ["N"] });
  const program = await ortEngine({ threads: 1 }).compile(graph);
  const stream = random(1, op);
  const points = Float32Array.from({ length: 200_003 }, () => low + (high - low) * stream.uniform());
  const { data } = (await program.run({ x: float32([points.length], points) }))[y];
  await program.close();
  return points.reduce<[number, number]>(
    (largest, point, i) => {
      const distance = ulps(Number(data[i]), exact(point));
      return distance > largest[0] ? [distance, point] : largest;
    },
    [0, 0],
  );
}

console.log(`${ortEngine({ threads: 1 }).description}, ${process.arch}\n`);
console.log(
  "| operator | computed in | on | worst error in ulp of float32 | at |\n| --- | --- | --- | --: | --: |",
);
for (const kernel of kernels) {
  const [distance, at] = await worst(kernel);
  const error = distance > 1e4 ? distance.toExponential(1) : distance.toFixed(2);
  console.log(
    `| ${kernel.op} | ${kernel.type} | ${kernel.range.join(" … ")} | ${error} | ${at.toFixed(2)} |`,
  );
}
