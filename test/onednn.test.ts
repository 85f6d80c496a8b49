// The oneDNN engine beyond what every engine is tried with: its trial, bf16, same bits, memory, and what it says.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { random } from "../src/base/random.js";
import type { Program, Session } from "../src/engines/engine.js";
import { openEngine } from "../src/engines/index.js";
import { onednnEngine } from "../src/engines/onednn/engine.js";
import { findOnednn } from "../src/engines/onednn/open.js";
import { expected } from "../src/engines/trial/expected.js";
import { digestOf, trialGraph, trialInputs } from "../src/engines/trial/step.js";
import { GraphBuilder } from "../src/graph/builder.js";
import { Graph, TRAINING } from "../src/graph/graph.js";
import { float32, type Tensor, type TensorOf } from "../src/graph/tensor.js";
import { adamw } from "../src/training/step/optimizers/adamw.js";
import { numbers } from "./golden/cases.js";
import { referenceEngine } from "./reference/engine.js";
import { lacks } from "./support/needs.js";

const found = await findOnednn();
const skip = lacks("onednn", "reason" in found && found.reason);

it("the trial's numbers are those of float64", async () => {
  const session = await referenceEngine().open();
  const program = await session.compile(trialGraph());
  for (const images of [2, 3]) await program.run(trialInputs(images));
  const state = await session.read();
  assert.deepEqual([...state.keys()].sort(), Object.keys(expected).sort());
  for (const [name, tensor] of state) {
    digestOf(tensor).forEach((value, i) => {
      const away = Math.abs(value - expected[name][i]);
      assert.ok(away <= 1e-7 * Math.max(1, Math.abs(value)), `${name}: ${value}`);
    });
  }
});

/** A new session, and the program of the trial's step in it. */
async function open(precision: "fp32" | "bf16" = "fp32"): Promise<{ session: Session; program: Program }> {
  if ("reason" in found) throw new Error(found.reason);
  const session = await onednnEngine(found.library, { threads: 2, precision }).open();
  return { session, program: await session.compile(trialGraph()) };
}

async function stateAfter(
  { session, program }: Awaited<ReturnType<typeof open>>,
  batches: readonly number[],
): Promise<Map<string, Tensor>> {
  for (const images of batches) await program.run(trialInputs(images));
  return session.read();
}

const bytes = (state: ReadonlyMap<string, Tensor>) =>
  new Map([...state].map(([name, { data }]) => [name, Array.from(data, Number)]));

it("auto takes ONNX Runtime for an operator that the oneDNN engine lacks, and says so", {
  skip,
}, async () => {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  const x = builder.input({ name: "x", type: "float32", shape: ["N", 2] });
  builder.output({ name: builder.node("Round", [x], { name: "whole" }), type: "float32", shape: ["N", 2] });
  const engine = await openEngine("auto", { threads: 1 }, graph);
  assert.equal(engine.name, "ort");
  assert.equal(
    engine.note,
    'ONNX Runtime computes, since the oneDNN engine cannot run Round, the operator of node "whole".',
  );
  const program = await engine.compile(graph);
  // Half to even, as ONNX defines it.
  const results = await program.run({ x: float32([1, 2], [2.5, 3.5]) });
  assert.deepEqual([...numbers(Object.values(results)[0])], [2, 4]);
  await program.close();
});

describe("the oneDNN engine", { skip }, () => {
  it("gives the same bits twice, and goes on from a state that was read and written", async () => {
    const [first, second, third] = [await open(), await open(), await open()];
    const whole = bytes(await stateAfter(first, [4, 4, 3, 4]));
    assert.deepEqual(bytes(await stateAfter(second, [4, 4, 3, 4])), whole);

    const halfway = await open();
    await third.session.write(await stateAfter(halfway, [4, 4]));
    assert.deepEqual(bytes(await stateAfter(third, [3, 4])), whole);
    for (const { session } of [first, second, third, halfway]) await session.close();
  });

  const bf16 = "library" in found && found.library.bf16Gain !== undefined;

  it("moves weights in bf16 as in float32, to bf16's precision, and keeps them in float32", {
    skip: bf16 ? false : "this processor has no bf16",
  }, async () => {
    const [single, half] = [await open("fp32"), await open("bf16")];
    const [exact, coarse] = [await stateAfter(single, [4]), await stateAfter(half, [4])];
    let [moved, apart] = [0, 0];
    for (const [name, tensor] of exact) {
      const start = numbers(trialGraph().initializers.get(name) ?? assert.fail(name));
      const other = numbers(coarse.get(name) ?? assert.fail(name));
      numbers(tensor).forEach((value, i) => {
        moved += (value - start[i]) ** 2;
        apart += (value - other[i]) ** 2;
      });
    }
    const share = Math.sqrt(apart / moved);
    assert.ok(share < 0.1, `${share} of the movement`);
    assert.ok(share > 1e-5, "bf16 is not float32");
    const weight = numbers(coarse.get("conv2") ?? assert.fail());
    const bits = new Uint32Array(Float32Array.from(weight).buffer);
    assert.ok(
      bits.some((pattern) => (pattern & 0xffff) !== 0),
      "weights have more digits than bf16",
    );
    await single.session.close();
    await half.session.close();
  });

  it("does not hide that a weight is no number any more", async () => {
    const { session, program } = await open();
    const weight = (await session.read(["conv2"])).get("conv2") ?? assert.fail();
    weight.data.set([Number.NaN] as never, 7);
    await session.write(new Map([["conv2", weight]]));
    const { logits } = await program.run(trialInputs(2));
    assert.ok(numbers(logits).every(Number.isNaN));
    await session.close();
  });

  it("takes no more memory the longer it runs, whatever the batch's size", async () => {
    const { session, program } = await open();
    const rounds = async (count: number) => {
      for (let i = 0; i < count; i++) await program.run(trialInputs(1 + (i % 7)));
      return process.memoryUsage().rss;
    };
    const before = await rounds(14);
    const after = await rounds(28);
    assert.ok(after - before < 40e6, `${(after - before) / 1e6} MB more`);
    await session.close();
  });

  it("convolves 3 × 3 kernels by Winograd's filtering, forward and backward, to float32's precision", async () => {
    const builder = new GraphBuilder(new Graph());
    const { graph } = builder;
    const image = ["N", 32, 30, 29] as const;
    for (const name of ["x", "dY"]) builder.input({ name, type: "float32", shape: image });
    builder.input({ name: "w", type: "float32", shape: [32, 32, 3, 3] });
    const attributes = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
    builder.node("Conv", ["x", "w"], { outputs: ["y"], attributes });
    const training = { domain: TRAINING, attributes };
    builder.node("ConvInputGradient", ["dY", "w", "x"], { outputs: ["dX"], ...training });
    builder.node("ConvWeightGradient", ["dY", "x", "w"], { outputs: ["dW"], ...training });
    graph.outputs = ["y", "dX", "dW"].map((name) => ({
      name,
      type: "float32",
      shape: name === "dW" ? [32, 32, 3, 3] : image,
    }));
    const stream = random(1, "winograd");
    const drawn = (shape: number[]) =>
      float32(
        shape,
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => stream.uniform() - 0.5),
      );
    const inputs = { x: drawn([4, 32, 30, 29]), dY: drawn([4, 32, 30, 29]), w: drawn([32, 32, 3, 3]) };
    if ("reason" in found) throw new Error(found.reason);
    const program = await onednnEngine(found.library, { threads: 2 }).compile(graph);
    const results = await program.run(inputs);
    const exact = await (await referenceEngine().compile(graph)).run(inputs);
    for (const name of ["y", "dX", "dW"]) {
      const values = numbers(exact[name]);
      const size = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
      numbers(results[name]).forEach((value, i) => {
        assert.ok(Math.abs(value - values[i]) < 2e-5 * size, `${name}[${i}]: ${value}, not ${values[i]}`);
      });
    }
    await program.close();
  });

  it("adds to a convolution what is needed afterwards too", async () => {
    const builder = new GraphBuilder(new Graph());
    const shape = ["N", 16, 5, 5];
    builder.input({ name: "x", type: "float32", shape });
    builder.initializer(
      "w",
      float32(
        [16, 16, 1, 1],
        Float32Array.from({ length: 256 }, (_, i) => (i % 7) - 3),
      ),
    );
    const residual = builder.node("Relu", ["x"], { outputs: ["residual"] });
    const y = builder.node("Conv", ["x", "w"], { attributes: { kernel_shape: [1, 1] } });
    builder.node("Relu", [builder.node("Add", [y, residual])], { outputs: ["sum"] });
    for (const name of ["sum", "residual"]) builder.output({ name, type: "float32", shape });
    if ("reason" in found) throw new Error(found.reason);
    const program = await onednnEngine(found.library, { threads: 2 }).compile(builder.graph);
    const x = float32(
      [2, 16, 5, 5],
      Float32Array.from({ length: 800 }, (_, i) => (i % 11) - 5),
    );
    const [ours, exact] = [
      await program.run({ x }),
      await (await referenceEngine().compile(builder.graph)).run({ x }),
    ];
    for (const name of ["sum", "residual"]) assert.deepEqual(numbers(ours[name]), numbers(exact[name]));
    await program.close();
  });

  it("moves weights in any layout by sums, products, quotients and roots, as float64 does", async () => {
    const graph = new Graph();
    const builder = new GraphBuilder(graph);
    const op = (type: string, inputs: string[]) => builder.node(type, inputs);
    const stream = random(1, "sums");
    const drawn = (shape: readonly number[]) =>
      float32(
        shape,
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => stream.uniform() - 0.5),
      );
    builder.input({ name: "x", type: "float32", shape: ["N", 16, 6, 6] });
    const positive = ({ shape, data }: TensorOf<"float32">) => float32(shape, data.map(Math.abs));
    for (const name of ["rate", "keep"]) builder.input({ name, type: "float32", shape: [] });
    const factor = builder.initializer("factor", drawn([40, 1, 1, 1]));
    const attributes = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
    // One whose channels fill blocks of oneDNN's, one whose channels do not, with what is and what is not a factor.
    for (const [i, shape] of [
      [40, 16, 3, 3],
      [32, 16, 3, 3],
      [20, 16, 3, 3],
    ].entries()) {
      const w = builder.initializer(`w${i}`, drawn(shape));
      const v = builder.initializer(`v${i}`, drawn(shape));
      const used = i === 0 ? op("Mul", [w, factor]) : w;
      const y = builder.node("Conv", ["x", used], { attributes });
      const [dW] = builder.training("ConvWeightGradient", [y, "x", used], { attributes });
      const g = i === 0 ? op("Mul", [dW, factor]) : dW;
      if (i === 1) {
        const m = builder.initializer("m", positive(drawn(shape)));
        const scalars = { rate: "rate", epsilon: builder.scalar(0.1), keep: "keep" };
        const slots = { mean: v, square: m };
        const next = adamw({ learningRate: 1 }).update(builder, {
          weight: w,
          gradient: g,
          slots,
          decays: true,
          scalars,
        });
        graph.state.set(v, next.slots.mean).set(m, next.slots.square).set(w, next.weight);
      } else {
        const decayed = op("Add", [g, op("Mul", [w, builder.scalar(0.25)])]);
        const nextV = op("Add", [op("Mul", [v, builder.scalar(0.5)]), decayed]);
        graph.state.set(v, nextV).set(w, op("Sub", [w, op("Mul", [nextV, "rate"])]));
      }
      builder.output({ name: y, type: "float32", shape: ["N", shape[0], 6, 6] });
    }
    if ("reason" in found) throw new Error(found.reason);
    const sessions = [
      await onednnEngine(found.library, { threads: 2 }).open(),
      await referenceEngine().open(),
    ];
    const inputs = { x: drawn([2, 16, 6, 6]), rate: float32([], [0.01]), keep: float32([], [0.9]) };
    for (const session of sessions) {
      const program = await session.compile(graph);
      for (let i = 0; i < 2; i++) await program.run(inputs);
    }
    const [ours, exact] = [await sessions[0].read(), await sessions[1].read()];
    for (const [name, tensor] of exact) {
      const values = numbers(ours.get(name) ?? assert.fail(name));
      numbers(tensor).forEach((value, i) => {
        const away = Math.abs(values[i] - value);
        assert.ok(away < 1e-5 * Math.max(1, Math.abs(value)), `${name}[${i}]: ${values[i]}, not ${value}`);
      });
    }
    await sessions[0].close();
  });
});

describe("without a library that works", () => {
  /** What a process says that opens an engine with that file as the library. */
  const opened = (name: string, library: string) => {
    const script = `
      const { openEngine } = await import(${JSON.stringify(new URL("../src/engines/index.js", import.meta.url).href)});
      try {
        const { name, note } = await openEngine(${JSON.stringify(name)});
        console.log(JSON.stringify({ name, note }));
      } catch (error) {
        console.log(JSON.stringify({ error: error.name, message: error.message }));
      }`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...process.env, MULTIHOT_ONEDNN: library },
      encoding: "utf8",
    });
    return JSON.parse(stdout);
  };

  it("auto is ONNX Runtime, and says why in a sentence", () => {
    const { name, note } = opened("auto", "/no/such/libdnnl.so.3");
    assert.equal(name, "ort");
    assert.match(note, /^ONNX Runtime computes, since .*\/no\/such\/libdnnl\.so\.3 does not exist\.$/);
  });

  it("a library that is none is told, and does not end the program", () => {
    const { name, note } = opened("auto", process.execPath);
    assert.equal(name, "ort");
    assert.match(note, /oneDNN cannot be used: /);
  });

  it("onednn itself is refused with what to do", () => {
    const { error, message } = opened("onednn", "/no/such/libdnnl.so.3");
    assert.equal(error, "UserError");
    assert.match(message, /--engine ort/);
  });
});

describe("on a busy machine", { skip }, () => {
  for (const [said, wanted] of [
    [undefined, "passive"],
    ["active", "active"],
  ] as const) {
    it(`OpenMP's threads ${said ? "wait as the user says" : "sleep while they wait"}`, () => {
      const engines = new URL("../src/engines/index.js", import.meta.url).href;
      const script = `(async () => {
        const { openEngine } = await import(${JSON.stringify(engines)});
        const { trialGraph } = await import(new URL("trial/step.js", ${JSON.stringify(engines)}).href);
        const program = await (await openEngine("onednn")).compile(trialGraph());
        // What C's getenv gives, as OpenMP reads it: process.env is a copy in worker threads.
        console.log(require("koffi").load(null).func("getenv", "str", ["str"])("OMP_WAIT_POLICY"));
        await program.close();
      })()`;
      const { OMP_WAIT_POLICY: _, ...env } = process.env;
      const { stdout } = spawnSync(process.execPath, ["-e", script], {
        env: said ? { ...env, OMP_WAIT_POLICY: said } : env,
        encoding: "utf8",
      });
      assert.equal(stdout.trim(), wanted);
    });
  }
});

// A processor with AVX-512 stands for those without: what oneDNN uses of it can be capped.
describe("on a processor with fewer features", {
  skip: skip || (process.arch === "x64" ? false : "only x64's features can be capped"),
}, () => {
  for (const features of ["AVX2", "SSE41"]) {
    it(`works in float32 with ${features}, and says that bf16 is not there`, async () => {
      const cache = await mkdtemp(join(tmpdir(), "multihot-features-"));
      after(() => rm(cache, { recursive: true }));
      const script = `
        const { openEngine } = await import(${JSON.stringify(new URL("../src/engines/index.js", import.meta.url).href)});
        const { name, precision } = await openEngine("onednn", { precision: "auto" });
        const refused = await openEngine("onednn", { precision: "bf16" }).catch(({ message }) => message);
        console.log(JSON.stringify({ name, precision, refused }));`;
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
        env: {
          ...process.env,
          MULTIHOT_CACHE: cache,
          DNNL_MAX_CPU_ISA: features,
          ONEDNN_MAX_CPU_ISA: features,
        },
        encoding: "utf8",
      });
      assert.equal(stderr, "");
      const { name, precision, refused } = JSON.parse(stdout);
      assert.deepEqual([name, precision], ["onednn", "fp32"]);
      assert.match(refused, /does not compute in bf16 on this machine: use --precision fp32/);
    });
  }
});
