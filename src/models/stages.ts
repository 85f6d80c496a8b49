// Stages: a network's weights by depth, for what treats depths differently.
import type { Graph } from "../graph/graph.js";
import { inferShapes } from "../graph/shapes.js";
import { isWithin, moduleOfNode, moduleOfWeight } from "./modules.js";
import type { Network } from "./network.js";
import { type Parameter, parametersOf } from "./parameters.js";

export interface Stage {
  /** For people: `layer4`, `conv1, bn1`, `blocks.1 … blocks.3`. */
  readonly name: string;
  /** Their names, in the order of the nodes. */
  readonly weights: readonly string[];
}

/**
 * The stages of a network, the classifier's first, then from the top to the picture.
 *
 * A stage is what makes maps of one size (the sense of Lin et al. 2016, arXiv:1612.03144, section 3), by whole blocks:
 * a block that halves the picture belongs to the smaller size. ResNet: classifier, layer4, layer3, layer2, layer1 and
 * stem; SqueezeNet's and MobileNetV2's numbered modules come together likewise. A transformer's maps are all of one size:
 * there each block is a stage, as in the layer-wise decay of Bao et al. 2021 (arXiv:2106.08254); what stands before the
 * first is the stem, and what follows the last belongs to it.
 */
export function stagesOf({ graph, classifier }: Network): Stage[] {
  const all = parametersOf(graph).filter(({ role }) => role === "weight" || role === "bias");
  const head = all.filter(({ name }) => isWithin(name, classifier));
  const blocks = blocksOf(all.filter((parameter) => !head.includes(parameter)));
  const sizes = sizesOf(graph);
  const sizeOf = (parameters: readonly Parameter[]) =>
    sizes(parameters.findLast(({ node }) => node.op === "Conv") ?? parameters[parameters.length - 1]);
  const flat = [...blocks].filter(([block, parameters]) => /\.\d+$/.test(block) && sizeOf(parameters) === 0);
  if (flat.length >= FEWEST) {
    const names = flat.map(([block]) => block);
    return [{ name: classifier, weights: head.map(({ name }) => name) }, ...byBlock(blocks, names)];
  }
  const stages = new Map<number, string[]>();
  let before = 0;
  for (const [block, parameters] of blocks) {
    // Where channels come last for a normalization, the map is the one before.
    const size = parameters.every(({ node }) => node.op === "LayerNormalization")
      ? before
      : sizeOf(parameters);
    before = size;
    stages.set(size, [...(stages.get(size) ?? []), block]);
  }
  return [
    { name: classifier, weights: head.map(({ name }) => name) },
    ...[...stages]
      .sort(([a], [b]) => a - b)
      .map(([, names]) => ({
        name: nameOf(names, [...blocks.keys()]),
        weights: names.flatMap((block) => (blocks.get(block) ?? []).map(({ name }) => name)),
      })),
  ];
}

/** So many blocks without maps are a transformer's. */
const FEWEST = 4;

/** A stage for each of the blocks, the last first, and one for what stands before them. */
function byBlock(all: ReadonlyMap<string, readonly Parameter[]>, blocks: readonly string[]): Stage[] {
  const stages = new Map<string, string[]>();
  let current = "stem";
  for (const [block, parameters] of all) {
    if (blocks.includes(block)) current = block;
    const names = parameters.map(({ name }) => name);
    stages.set(current, [...(stages.get(current) ?? []), ...names]);
  }
  return [...stages].reverse().map(([name, weights]) => ({ name, weights }));
}

/** The pixels of what a parameter's node makes; 0 behind the pooling. */
function sizesOf(graph: Graph): (parameter: Parameter) => number {
  const infos = inferShapes(graph);
  return ({ node }) => {
    const shape = infos.get(node.outputs[0])?.shape ?? [];
    return shape.length < 4 ? 0 : Number(shape[2]) * Number(shape[3]);
  };
}

/** Parameters by block: the module down to the first numbered part of its path, or its topmost part. */
function blocksOf(parameters: readonly Parameter[]): Map<string, Parameter[]> {
  const paths = parameters.map(({ name, node }) =>
    (moduleOfWeight(name) || moduleOfNode(node.name)).split("."),
  );
  let common = 0;
  while (
    paths.length > 0 &&
    paths.every((path) => path.length > common + 1 && path[common] === paths[0][common])
  )
    common++;
  const blocks = new Map<string, Parameter[]>();
  parameters.forEach((parameter, i) => {
    const number = paths[i].findIndex((part, depth) => depth >= common && /^\d+$/.test(part));
    const block = paths[i].slice(0, (number < 0 ? common : number) + 1).join(".");
    blocks.set(block, [...(blocks.get(block) ?? []), parameter]);
  });
  return blocks;
}

/** Modules whose blocks are all there by their own name, others by their first and last block. */
function nameOf(blocks: readonly string[], all: readonly string[]): string {
  const parents = new Map<string, string[]>();
  for (const block of blocks) {
    const parent = /\.\d+$/.test(block) ? moduleOfWeight(block) : block;
    parents.set(parent, [...(parents.get(parent) ?? []), block]);
  }
  return [...parents]
    .map(([parent, own]) => {
      const whole = all.filter((block) => isWithin(block, parent)).length === own.length;
      if (whole) return parent;
      return own.length === 1 ? own[0] : `${own[0]} … ${own[own.length - 1]}`;
    })
    .join(", ");
}
