// Measure: which of several engines runs a graph faster on this machine.
import type { Graph, ValueInfo } from "../../graph/graph.js";
import { inferShapes } from "../../graph/shapes.js";
import { sizeOf, type Tensor } from "../../graph/tensor.js";
import { operationsIn } from "../../graph/work.js";
import type { Engine, Program, Tensors } from "../engine.js";
import { digest, machine, recall, remember } from "../trial/remember.js";
import { structureOf } from "./structure.js";

/** Where speeds are kept; another number when engines or the measurement change. */
const FILE = "speeds-1.json";
/** A batch has as many images as make about this much arithmetic: a fifth of a second or so of a core's. */
const WORK = 4e9;
const IMAGES = { least: 2, most: 16 };
const RUNS = 2;
/** After this many milliseconds, or with this ratio, another run would change nothing. */
const ENOUGH = { milliseconds: 1500, ratio: 1.5 };

/** Images a second; undefined for an engine that does not run the graph. */
export type Speeds = readonly (number | undefined)[];

const withBatch = (graph: Graph, images: number): ValueInfo[] =>
  graph.inputs.map((info) => ({
    ...info,
    shape: info.shape.map((size) => (typeof size === "string" ? images : size)),
  }));

function imagesFor(graph: Graph): number {
  const one = graph.clone();
  one.inputs = withBatch(graph, 1);
  const shapes = inferShapes(one);
  const work = operationsIn(graph.nodes, (name) => {
    return (shapes.get(name) ?? graph.initializers.get(name))?.shape.map(Number);
  });
  return Math.round(Math.min(IMAGES.most, Math.max(IMAGES.least, WORK / work)));
}

function filled(type: Tensor["type"], shape: readonly number[]): Tensor {
  const size = sizeOf(shape);
  if (type === "float32") return { type, shape, data: new Float32Array(size).fill(1e-3) };
  if (type === "uint8") return { type, shape, data: new Uint8Array(size).fill(128) };
  throw new TypeError(`No network is fed ${type}.`);
}

/** Images are grey, learning rates next to nothing. */
function inputsOf(graph: Graph, images: number): Tensors {
  return Object.fromEntries(
    withBatch(graph, images).map(({ name, type, shape }): [string, Tensor] => [
      name,
      filled(type, shape.map(Number)),
    ]),
  );
}

async function fastest(programs: readonly (Program | undefined)[], inputs: Tensors): Promise<number[]> {
  const best = programs.map(() => Number.POSITIVE_INFINITY);
  const round = async () => {
    for (const [i, program] of programs.entries()) {
      if (!program) continue;
      const begun = performance.now();
      await program.run(inputs);
      best[i] = Math.min(best[i], performance.now() - begun);
    }
  };
  // Memory is got and plans are made in the first run.
  await round();
  best.fill(Number.POSITIVE_INFINITY);
  const begun = performance.now();
  for (let i = 0; i < RUNS; i++) {
    await round();
    const clear = Math.max(...best) / Math.min(...best) > ENOUGH.ratio;
    if (clear || performance.now() - begun > ENOUGH.milliseconds) break;
  }
  return best;
}

/** Runs the graph on each a few times, in turns, so that what slows the machine down meets all of them. */
async function measured(engines: readonly Engine[], graph: Graph): Promise<Speeds> {
  const images = imagesFor(graph);
  const programs = await Promise.all(engines.map((engine) => engine.compile(graph).catch(() => undefined)));
  try {
    const times = await fastest(programs, inputsOf(graph, images));
    return times.map((milliseconds, i) => (programs[i] ? (1000 * images) / milliseconds : undefined));
  } finally {
    for (const program of programs) await program?.close();
  }
}

/** How fast each engine runs the graph: as this machine was measured before, or measured now, which takes seconds. */
export async function speedsOf(engines: readonly Engine[], graph: Graph): Promise<Speeds> {
  const descriptions = engines.map(({ description }) => description);
  const key = digest([machine(), ...descriptions, structureOf(graph)].join("\n"));
  const known = recall<Record<string, number>>(FILE, key);
  if (known) return descriptions.map((description) => known[description]);
  const speeds = await measured(engines, graph);
  remember(FILE, key, Object.fromEntries(descriptions.map((description, i) => [description, speeds[i]])));
  return speeds;
}
