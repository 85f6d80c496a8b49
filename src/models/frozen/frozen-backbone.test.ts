// Frozen backbones: outside truth is ONNX Runtime on the file itself, with images normalised by hand.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { toHalf } from "../../base/half.js";
import { random } from "../../base/random.js";
import { readModel } from "../../bundle/read-model.js";
import { ortEngine } from "../../engines/index.js";
import { GraphBuilder } from "../../graph/builder.js";
import { bytesOfText, field, fieldsOf, joined, numberField, textField } from "../../graph/foreign/fields.js";
import { type ForeignModel, readForeign } from "../../graph/foreign/model.js";
import { writeForeign } from "../../graph/foreign/write.js";
import { type Attribute, Graph, type ValueInfo } from "../../graph/graph.js";
import { writeOnnx } from "../../graph/onnx.js";
import { float32, int64, sizeOf, type TensorOf, tensor } from "../../graph/tensor.js";
import { csraHead } from "../heads/csra.js";
import { network } from "../network.js";
import { frozenBackbone } from "./frozen-backbone.js";

const SIZE = 8;
const image: ValueInfo = { name: "pixel_values", type: "float32", shape: ["batch", 3, SIZE, SIZE] };
const preprocess = {
  resize: SIZE,
  crop: SIZE,
  interpolation: "bilinear",
  mean: [0.1, 0.2, 0.3],
  std: [0.5, 0.25, 1 / 255],
} as const;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-frozen-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const values = (name: string, ...shape: number[]): TensorOf<"float32"> => {
  const stream = random(1, "frozen", name);
  return float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => stream.normal() / 4),
  );
};

/** Writes networks whose operators are none of ours. */
class Writer {
  readonly builder = new GraphBuilder(new Graph());

  constructor(input = image) {
    this.builder.input(input);
  }

  weight(name: string, ...shape: number[]): string {
    return this.builder.initializer(name, values(name, ...shape));
  }

  node(op: string, inputs: string[], attributes: Record<string, Attribute> = {}, domain = ""): string {
    return this.builder.node(op, inputs, { attributes, domain });
  }

  /** [N, 16, width]: patches of 2 pixels; with a class token, [N, 17, width]. */
  tokens({ cls = true, width = 6 } = {}): string {
    const map = this.node("Conv", ["pixel_values", this.weight("patch", width, 3, 2, 2)], {
      kernel_shape: [2, 2],
      strides: [2, 2],
    });
    const flat = this.node("Reshape", [map, this.builder.ints([0, width, 16])]);
    const turned = this.node("Transpose", [flat], { perm: [0, 2, 1] });
    // com.microsoft's, which nothing here knows.
    const bent = this.node("FastGelu", [turned], {}, "com.microsoft");
    if (!cls) return bent;
    const batch = this.node("Gather", [this.node("Shape", [bent]), this.builder.ints([0])]);
    const shape = this.node("Concat", [batch, this.builder.ints([1, width])], { axis: 0 });
    const token = this.node("Expand", [this.weight("cls", 1, 1, width), shape]);
    return this.node("Concat", [token, bent], { axis: 1 });
  }

  async file(name: string, outputs: Record<string, string>, change = (model: ForeignModel) => model) {
    const { builder } = this;
    for (const [output, value] of Object.entries(outputs)) {
      builder.node("Identity", [value], { outputs: [output] });
      builder.output({ name: output, type: "float32", shape: ["batch", "width"] });
    }
    const path = join(folder, name);
    const model = readForeign(writeOnnx(builder.graph), name);
    // Exporters often don't tell an output's shape.
    const untyped = model.graph.outputs.map(({ name }) => ({ name, code: 1, shape: undefined }));
    await writeFile(path, writeForeign(change({ ...model, graph: { ...model.graph, outputs: untyped } })));
    return path;
  }
}

const pixels = Uint8Array.from({ length: 3 * SIZE * SIZE * 3 }, (_, i) => (i * 37 + (i >> 4) * 11) % 256);

/** The images as the network takes them. */
function normalised(channelsLast = false): Float32Array {
  const { mean, std } = preprocess;
  const out = new Float32Array(pixels.length);
  for (let n = 0; n < 3; n++) {
    for (let p = 0; p < SIZE * SIZE; p++) {
      for (let c = 0; c < 3; c++) {
        const value = (pixels[(n * SIZE * SIZE + p) * 3 + c] / 255 - mean[c]) / std[c];
        out[channelsLast ? (n * SIZE * SIZE + p) * 3 + c : (n * 3 + c) * SIZE * SIZE + p] = value;
      }
    }
  }
  return out;
}

/** What the file itself gives. */
async function direct(path: string, output: string): Promise<Float32Array> {
  const session = await InferenceSession.create(path);
  const feed = new Tensor("float32", normalised(), [3, 3, SIZE, SIZE]);
  const results = await session.run({ pixel_values: feed }, [output]);
  await session.release();
  return results[output].data as Float32Array;
}

/** The logits of a head that only passes the features on, through the file that a bundle would have. */
async function features(path: string, chosen?: string): Promise<{ data: Float32Array; width: number }> {
  const backbone = await frozenBackbone(path, { features: chosen, preprocess });
  const net = network(backbone, {
    labels: backbone.features,
    init: (shape) =>
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => (i % (shape[1] + 1) === 0 ? 1 : 0)),
  });
  const file = writeOnnx(net.graph);
  const program = await ortEngine({ threads: 1 }).compile(readModel(file, "model.onnx"));
  const { logits } = await program.run({ image: tensor("uint8", [3, SIZE, SIZE, 3], pixels) });
  await program.close();
  return { data: logits.data as Float32Array, width: backbone.features };
}

function near(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 1e-5): void {
  assert.equal(found.length, wanted.length);
  for (let i = 0; i < found.length; i++) {
    assert.ok(
      Math.abs(found[i] - wanted[i]) <= tolerance * (1 + Math.abs(wanted[i])),
      `${found[i]}, not ${wanted[i]}`,
    );
  }
}

describe("a file of operators that are not ours", () => {
  test("gives its pooler_output, class token, mean of patches, or a value by name", async () => {
    const w = new Writer();
    const tokens = w.tokens();
    const pooled = w.node("Gather", [tokens, w.builder.initializer("first", int64([], [0]))], { axis: 1 });
    const path = await w.file("vit.onnx", {
      last_hidden_state: tokens,
      pooler_output: w.node("Tanh", [pooled]),
    });
    near((await features(path)).data, await direct(path, "pooler_output"));
    const all = await direct(path, "last_hidden_state");
    const row = (n: number, t: number) => all.subarray((n * 17 + t) * 6, (n * 17 + t + 1) * 6);
    const cls = [0, 1, 2].flatMap((n) => [...row(n, 0)]);
    near((await features(path, "last_hidden_state:cls")).data, cls);
    near((await features(path, "last_hidden_state")).data, cls);
    const mean = [0, 1, 2].flatMap((n) =>
      Array.from({ length: 6 }, (_, c) => {
        let sum = 0;
        for (let t = 1; t < 17; t++) sum += row(n, t)[c];
        return sum / 16;
      }),
    );
    near((await features(path, "last_hidden_state:mean")).data, mean);
  });

  test("has what its last linear layer takes, also behind a bias and a softmax", async () => {
    const w = new Writer();
    const row = w.node("ReduceMean", [w.tokens({ cls: false })], { axes: [1], keepdims: 0 });
    const product = w.node("MatMul", [row, w.weight("head", 6, 9)]);
    const logits = w.node("Add", [product, w.weight("bias", 9)]);
    const path = await w.file("classifier.onnx", { probs: w.node("Softmax", [logits]), row });
    const found = await features(path);
    assert.equal(found.width, 6);
    near(found.data, await direct(path, "row"));
  });

  test("may keep weights in another file, and in half precision", async () => {
    const w = new Writer();
    const half = w.builder.initializer("half", {
      type: "float16",
      shape: [6, 9],
      data: toHalf(values("half", 6, 9).data),
    });
    const row = w.node("ReduceMean", [w.tokens({ cls: false })], { axes: [1], keepdims: 0 });
    const weight = w.node("Cast", [half], { to: 1 });
    const path = await w.file("external.onnx", { features: w.node("MatMul", [row, weight]) }, (model) => {
      const initializers = model.graph.initializers.map((weight) => {
        if (weight.name !== "patch" && weight.name !== "half") return weight;
        const parts = [...fieldsOf(weight.bytes)];
        const data = parts.find(({ number }) => number === 9)?.bytes ?? new Uint8Array();
        const entry = (key: string, value: string) =>
          field(13, [...textField(1, key), ...textField(2, value)]);
        const at = { location: `${weight.name}.bin`, length: String(data.length), offset: "0" };
        files.push([at.location, data.slice()]);
        const kept = parts.filter(({ number }) => number !== 9).map(({ raw }) => raw);
        const told = Object.entries(at).flatMap(([key, value]) => entry(key, value));
        return { ...weight, bytes: joined([...kept, ...told, numberField(14, 1)]) };
      });
      return { ...model, graph: { ...model.graph, initializers } };
    });
    await assert.rejects(frozenBackbone(path), /half\.bin, which is missing/);
    for (const [name, data] of files) await writeFile(join(folder, name), data);
    near((await features(path)).data, await direct(path, "features"), 1e-4);
  });
  const files: [string, Uint8Array][] = [];

  test("may be of an older or a newer operator set", async () => {
    const w = new Writer();
    const tokens = w.tokens({ cls: false });
    // Before set 13 this runs over both axes behind the batch.
    const share = w.node("Softmax", [tokens], { axis: 1 });
    const clipped = w.node(
      "Clip",
      [w.node("Squeeze", [w.node("Unsqueeze", [share], { axes: [0] })], { axes: [0] })],
      {
        min: { float: 0.001 },
        max: { float: 0.05 },
      },
    );
    const path = await w.file(
      "old.onnx",
      { features: w.node("ReduceSum", [clipped], { axes: [2], keepdims: 0 }) },
      (model) => ({
        ...model,
        irVersion: 5,
        opsets: new Map([...model.opsets, ["", 10]]),
      }),
    );
    near((await features(path)).data, await direct(path, "features"));

    const n = new Writer();
    const bent = n.node("Gelu", [n.tokens({ cls: false })]);
    const axes = n.builder.ints([1], "axes");
    const row = n.node("ReduceMean", [bent, axes], { keepdims: 0 });
    const newer = await n.file("new.onnx", { features: row }, (model) => ({
      ...model,
      irVersion: 9,
      opsets: new Map([...model.opsets, ["", 20]]),
    }));
    near((await features(newer)).data, await direct(newer, "features"));
  });

  test("may call its values as ours are called", async () => {
    const w = new Writer({ ...image, name: "image" });
    const conv = w.builder.node("Conv", ["image", w.weight("logits", 4, 3, 2, 2)], {
      outputs: ["probabilities"],
      attributes: { kernel_shape: [2, 2] },
    });
    const features_ = w.builder.node("Mish", [conv], { outputs: ["input"] });
    const path = await w.file("names.onnx", { features: features_ }, (model) => ({
      ...model,
      opsets: new Map([["", 18]]),
    }));
    const backbone = await frozenBackbone(path, { preprocess });
    assert.equal(backbone.features, 4);
    const net = network(backbone, { labels: 2, head: csraHead() });
    const program = await ortEngine({ threads: 1 }).compile(net.graph);
    const { logits } = await program.run({ image: tensor("uint8", [3, SIZE, SIZE, 3], pixels) });
    await program.close();
    assert.deepEqual(logits.shape, [3, 2]);
    assert.ok([...(logits.data as Float32Array)].every(Number.isFinite));
  });
});

describe("errors", () => {
  test("two inputs, all named", async () => {
    const w = new Writer();
    w.builder.input({ name: "input_ids", type: "int64", shape: ["batch", "length"] });
    const path = await w.file("two.onnx", { logits: w.node("Mish", ["pixel_values"]) });
    await assert.rejects(
      frozenBackbone(path),
      /it has 2 inputs \(pixel_values .*input_ids .*vision_model\.onnx/,
    );
  });

  test("features that are none of an image", async () => {
    const w = new Writer();
    const scalar = w.node("ReduceMean", [w.tokens()], { keepdims: 0 });
    const path = await w.file("scalar.onnx", { out: scalar });
    await assert.rejects(frozenBackbone(path), /features of scalar\.onnx can't be told.*--features NAME/);
  });

  test("a value that is not there: the nearest", async () => {
    const w = new Writer();
    const path = await w.file("near.onnx", { last_hidden_state: w.tokens() });
    await assert.rejects(
      frozenBackbone(path, { features: "last_hiden_state" }),
      /has no value last_hiden_state .* nearest: last_hidden_state/,
    );
  });

  test("a size that the file doesn't take", async () => {
    const w = new Writer();
    const path = await w.file("size.onnx", { last_hidden_state: w.tokens() });
    await assert.rejects(frozenBackbone(path, { size: 16 }), /takes images of 8 pixels alone/);
  });

  test("an operator that ONNX Runtime has not, and bytes that are no ONNX file", async () => {
    const w = new Writer();
    const path = await w.file("odd.onnx", { features: w.node("Frobnicate", ["pixel_values"]) });
    await assert.rejects(frozenBackbone(path), /ONNX Runtime can't run odd\.onnx.*Frobnicate/s);
    const none = join(folder, "none.onnx");
    await writeFile(none, bytesOfText("no model at all"));
    await assert.rejects(frozenBackbone(none), /is not an ONNX file/);
    await assert.rejects(frozenBackbone(join(folder, "gone.onnx")), /There is no file/);
  });
});
