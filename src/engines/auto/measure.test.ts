// What auto measures, with engines whose speed is known.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { GraphBuilder } from "../../graph/builder.js";
import { Graph } from "../../graph/graph.js";
import { float32 } from "../../graph/tensor.js";
import type { Engine } from "../engine.js";
import { openEngine } from "../index.js";
import { trialGraph } from "../trial/step.js";
import { speedsOf } from "./measure.js";

let folder: string;
const cache = process.env.MULTIHOT_CACHE;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-auto-"));
  process.env.MULTIHOT_CACHE = folder;
});
after(async () => {
  if (cache === undefined) delete process.env.MULTIHOT_CACHE;
  else process.env.MULTIHOT_CACHE = cache;
  await rm(folder, { recursive: true });
});

/** A network of one layer. */
function layer(name: string, width: number): Graph {
  const builder = new GraphBuilder(new Graph());
  builder.input({ name: "x", type: "float32", shape: ["N", 4] });
  const weight = builder.initializer(name, float32([4, width], new Float32Array(4 * width)));
  const y = builder.node("MatMul", ["x", weight]);
  builder.output({ name: y, type: "float32", shape: ["N", width] });
  return builder.graph;
}

/** Does nothing, and takes its time for it. */
class Idle implements Engine {
  compiled = 0;
  constructor(
    readonly name: string,
    private readonly milliseconds: number | undefined,
  ) {}
  readonly description = `${this.constructor.name} of ${Math.random()}`;
  async open(): Promise<never> {
    throw new Error("Not here.");
  }
  async compile() {
    this.compiled++;
    const { milliseconds } = this;
    if (milliseconds === undefined) return this.open();
    return { run: () => setTimeout(milliseconds, {}), close: async () => undefined };
  }
}

test("the faster engine is measured to be faster, once for each structure", async () => {
  const engines = [new Idle("slow", 100), new Idle("fast", 1), new Idle("missing", undefined)];
  const speeds = await speedsOf(engines, layer("w", 3));
  const [slow, fast, missing] = speeds;
  assert.ok(slow !== undefined && fast !== undefined && fast > 2 * slow, `${speeds}`);
  assert.equal(missing, undefined);
  assert.deepEqual(await speedsOf(engines, layer("another name", 3)), speeds);
  assert.deepEqual(
    engines.map(({ compiled }) => compiled),
    [1, 1, 1],
  );
  await speedsOf(engines, layer("w", 5));
  assert.equal(engines[0].compiled, 2);
});

test("auto says why it chose an engine, and chooses the same again", async () => {
  const [first, second] = [
    await openEngine("auto", {}, trialGraph()),
    await openEngine("auto", {}, trialGraph()),
  ];
  assert.equal(first.name, second.name);
  assert.equal(first.note, second.note);
  assert.match(
    first.note ?? "",
    /computes: [\d.]+ images\/s in a short trial of this network here, .* [\d.]+\.|computes, since /,
  );
});
