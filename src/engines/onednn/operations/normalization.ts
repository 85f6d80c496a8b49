// Batch normalization, on batch statistics with its gradient, and on given ones; ReLU after it in the same pass.
import { floatAttribute, type Node, TRAINING } from "../../../graph/graph.js";
import { compileLoops, nestOverAxes } from "../../loops/loops.js";
import { argument, part } from "../library/codes.js";
import { propagation } from "../library/constructors.js";
import type { Layout } from "../library/layout.js";
import type { Primitive } from "../library/primitive.js";
import type { Operation, Patterns } from "../plan/operation.js";
import type { Planner } from "../plan/planner.js";
import type { Place } from "../plan/stores.js";

/** What the backward pass needs of the forward one. */
interface Forward {
  readonly primitive: Primitive;
  readonly mean: Place;
  readonly variance: Place;
  readonly workspace?: Place;
}

/** A pair of BatchNormTraining and BatchNormGradient, of whose ReLUs both are done in the same pass or none. */
interface Pair {
  readonly forward: Node;
  readonly relu?: Node;
  made?: Forward;
}

function epsilonOf(node: Node): number {
  return floatAttribute(node, "epsilon", 1e-5);
}

/** Runs `result = expression(r0, r1 …)` over vectors of one length. */
function overVectors(
  planner: Planner,
  reads: readonly Place[],
  output: string,
  inputs: readonly string[],
  expression: string,
): void {
  const target = planner.createOver(output, planner.plain(output), inputs);
  const shape = planner.shape(output);
  const whole = { offset: 0, strides: shape.map(() => 1) };
  const loops = compileLoops(
    nestOverAxes(
      shape,
      [...reads, target].map(() => whole),
    ),
    {
      reads: reads.length,
      writes: 1,
      statements: [],
      results: [expression],
    },
  );
  planner.runHost([...reads, target], (arrays) => () => loops(arrays));
}

const vector = (planner: Planner, name: string) => planner.place(name, planner.plain(name));

function planTraining(planner: Planner, pair: Pair): void {
  const { forward: node, relu } = pair;
  const { dnnl } = planner;
  const [x, scale, bias, mean, variance] = node.inputs;
  const [y, nextMean, nextVariance, batchMean, inverse] = node.outputs;
  const source = planner.present(x);
  const { layout } = source;
  const { flags } = dnnl.make;
  const all = flags.scale | flags.shift | (relu ? flags.relu : 0);
  const primitive = dnnl.primitive((make, attributes) =>
    make.normalizationForward(propagation.training, layout.descriptor, epsilonOf(node), all, attributes),
  );
  if (!primitive) throw new Error(`oneDNN has no implementation of BatchNormTraining "${node.name}".`);
  const statistics = dnnl.plain("f32", planner.shape(scale));
  const workspaceLayout = primitive.layout(part.workspace);
  const found: Forward = {
    primitive,
    mean: planner.wanted(batchMean) ? planner.create(batchMean, statistics) : planner.extra(statistics),
    variance: planner.extra(statistics),
    workspace: workspaceLayout && planner.extra(workspaceLayout),
  };
  pair.made = found;
  const target = planner.create(relu ? relu.outputs[0] : y, layout);
  planner.run(primitive, [
    [argument.source, source],
    [argument.scale, vector(planner, scale)],
    [argument.shift, vector(planner, bias)],
    [argument.mean, found.mean],
    [argument.variance, found.variance],
    [argument.result, target],
    ...(found.workspace ? [[argument.workspace, found.workspace] as const] : []),
  ]);

  const momentum = floatAttribute(node, "momentum", 0.1);
  const shape = planner.shape(x);
  const count = shape.reduce((product, n) => product * n, 1) / shape[1];
  const unbiased = count / Math.max(1, count - 1);
  if (planner.wanted(nextMean)) {
    const expression = `r0 * ${1 - momentum} + r1 * ${momentum}`;
    overVectors(planner, [vector(planner, mean), found.mean], nextMean, [mean], expression);
  }
  if (planner.wanted(nextVariance)) {
    const expression = `r0 * ${1 - momentum} + r1 * ${unbiased * momentum}`;
    overVectors(planner, [vector(planner, variance), found.variance], nextVariance, [variance], expression);
  }
  if (planner.wanted(inverse)) {
    overVectors(planner, [found.variance], inverse, [], `1 / Math.sqrt(r0 + ${epsilonOf(node)})`);
  }
}

function planGradient(planner: Planner, node: Node, dY: string, pair: Pair): void {
  const { dnnl } = planner;
  const [, x, scale] = node.inputs;
  const [dX, dScale, dBias] = node.outputs;
  const { made, relu } = pair;
  if (!made) throw new Error(`BatchNormGradient "${node.name}" runs before its BatchNormTraining.`);
  const source = planner.present(x);
  const { layout } = source;
  const gradient = planner.place(dY, layout);
  const { flags } = dnnl.make;
  const all = flags.scale | flags.shift | (relu ? flags.relu : 0);
  const primitive = dnnl.primitive((make, attributes) =>
    make.normalizationBackward(
      layout.descriptor,
      layout.descriptor,
      epsilonOf(pair.forward),
      all,
      made.primitive.descriptor,
      attributes,
    ),
  );
  if (!primitive) throw new Error(`oneDNN has no implementation of BatchNormGradient "${node.name}".`);
  const parameters = planner.plain(scale);
  planner.run(primitive, [
    [argument.source, source],
    [argument.mean, made.mean],
    [argument.variance, made.variance],
    [argument.gradientOfResult, gradient],
    [argument.scale, vector(planner, scale)],
    ...(dnnl.make.gradientTakesShift
      ? [[argument.shift, vector(planner, pair.forward.inputs[2])] as const]
      : []),
    ...(made.workspace ? [[argument.workspace, made.workspace] as const] : []),
    [argument.gradientOfSource, planner.createOver(dX, layout, [dY])],
    [argument.gradientOfScale, planner.create(dScale, parameters)],
    [argument.gradientOfShift, planner.create(dBias, parameters)],
  ]);
}

/** Given statistics: a scale and a shift for each channel. */
function planGiven(planner: Planner, node: Node, relu: Node | undefined): void {
  const { dnnl } = planner;
  const [x, scale, bias, mean, variance] = node.inputs;
  const source = planner.present(x);
  const layout: Layout = source.layout;
  const { flags } = dnnl.make;
  const all = flags.givenStatistics | flags.scale | flags.shift | (relu ? flags.relu : 0);
  const primitive = dnnl.primitive((make, attributes) =>
    make.normalizationForward(propagation.inference, layout.descriptor, epsilonOf(node), all, attributes),
  );
  if (!primitive) throw new Error(`oneDNN has no implementation of BatchNormalization "${node.name}".`);
  planner.run(primitive, [
    [argument.source, source],
    [argument.scale, vector(planner, scale)],
    [argument.shift, vector(planner, bias)],
    [argument.mean, vector(planner, mean)],
    [argument.variance, vector(planner, variance)],
    [argument.result, planner.createOver(relu ? relu.outputs[0] : node.outputs[0], layout, [x])],
  ]);
}

const given = (names: readonly string[]) => [...new Set(names.filter((name) => name !== ""))];

/** Finds BatchNormTraining with its gradient and the ReLU (and its gradient) that both can do by the way. */
export function trainingOperations(node: Node, patterns: Patterns): Operation[] {
  const [y, , , batchMean] = node.outputs;
  const gradient = patterns
    .usersOf(batchMean ?? "")
    .find((user) => user.op === "BatchNormGradient" && user.inputs[1] === node.inputs[0]);
  const next = patterns.onlyUser(y);
  let relu = next?.op === "Relu" && next.domain === "" ? next : undefined;
  let reluGradient: Node | undefined;
  if (relu && gradient) {
    const made = patterns.producers.get(gradient.inputs[0]);
    const fits =
      made?.op === "ReluGradient" &&
      made.inputs[1] === relu.outputs[0] &&
      patterns.onlyUser(made.outputs[0]) === gradient;
    if (fits) reluGradient = made;
    else relu = undefined;
  }
  const pair: Pair = { forward: node, relu };
  patterns.take(node, ...(relu ? [relu] : []));
  const wanted = (names: readonly (string | undefined)[]) =>
    names.filter((name) => patterns.isWanted(name)) as string[];
  const operations: Operation[] = [
    {
      nodes: relu ? [node, relu] : [node],
      inputs: given(node.inputs),
      outputs: wanted([relu ? relu.outputs[0] : y, ...node.outputs.slice(1)]),
      plan: (planner) => planTraining(planner, pair),
    },
  ];
  if (gradient) {
    const dY = reluGradient ? reluGradient.inputs[0] : gradient.inputs[0];
    patterns.take(gradient, ...(reluGradient ? [reluGradient] : []));
    operations.push({
      nodes: reluGradient ? [reluGradient, gradient] : [gradient],
      // Of the bias version 2 wants the memory, though it needs none of it.
      inputs: given([dY, gradient.inputs[1], gradient.inputs[2], node.inputs[2], gradient.inputs[3]]),
      outputs: given(gradient.outputs),
      plan: (planner) => planGradient(planner, gradient, dY, pair),
    });
  }
  return operations;
}

export function normalizationOperations(node: Node, patterns: Patterns): Operation[] {
  if (node.domain === TRAINING) {
    return node.op === "BatchNormTraining" ? trainingOperations(node, patterns) : [];
  }
  if (node.op !== "BatchNormalization" || node.domain !== "") return [];
  if (patterns.shape(node.inputs[0]).length < 2) return [];
  const next = patterns.onlyUser(node.outputs[0]);
  const relu = next?.op === "Relu" && next.domain === "" ? next : undefined;
  patterns.take(node, ...(relu ? [relu] : []));
  return [
    {
      nodes: relu ? [node, relu] : [node],
      inputs: given(node.inputs),
      outputs: [relu ? relu.outputs[0] : node.outputs[0]],
      plan: (planner) => planGiven(planner, node, relu),
    },
  ];
}
