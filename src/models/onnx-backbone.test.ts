// Backbones from ONNX files, of each form in which exporters end a network.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sharedFile } from "../../test/support/shared-data.js";
import { GraphBuilder } from "../graph/builder.js";
import { Graph, type ValueInfo } from "../graph/graph.js";
import { writeOnnx } from "../graph/onnx.js";
import { knownOps } from "../graph/operators/index.js";
import { inferShapes } from "../graph/shapes.js";
import { float32, int64, sizeOf } from "../graph/tensor.js";
import { atInputSize } from "./backbone.js";
import { trainableWeights, weightsOf } from "./freeze.js";
import { isWithin } from "./modules.js";
import { network } from "./network.js";
import { onnxBackbone } from "./onnx-backbone.js";

const SIZE = 32;
const picture: ValueInfo = { name: "x", type: "float32", shape: ["batch", 3, SIZE, SIZE] };

/** Writes networks as exporters do. */
class Exporter {
  readonly builder: GraphBuilder;

  constructor(inputs: readonly ValueInfo[] = [picture]) {
    this.builder = new GraphBuilder(new Graph());
    for (const input of inputs) this.builder.input(input);
  }

  weight(name: string, ...shape: number[]): string {
    return this.builder.initializer(name, float32(shape, new Float32Array(sizeOf(shape)).fill(0.1)));
  }

  conv(module: string, x: string, channels: readonly [number, number], kernel = 1): string {
    const [from, to] = channels;
    const weight = this.weight(`${module}.weight`, to, from, kernel, kernel);
    const name = `/${module.replaceAll(".", "/")}/Conv`;
    return this.builder.node("Conv", [x, weight], { name, attributes: { kernel_shape: [kernel, kernel] } });
  }

  op(op: string, ...inputs: string[]): string {
    return this.builder.node(op, inputs, { name: `/${op}` });
  }

  linear(x: string, from: number, to = 10): string {
    const inputs = [x, this.weight("fc.weight", to, from), this.weight("fc.bias", to)];
    return this.builder.node("Gemm", inputs, { name: "/fc/Gemm", attributes: { transB: 1 } });
  }

  bytes(output: string, name = "y"): Uint8Array {
    const { graph } = this.builder;
    this.builder.node("Identity", [output], { outputs: [name] });
    this.builder.output({ name, type: "float32", shape: [] });
    return writeOnnx(graph);
  }
}

/** The trunk that most cases have: 3 → 8 channels, at the picture's size less 2. */
function trunk(exporter: Exporter): string {
  return exporter.op("Relu", exporter.conv("stem", "x", [3, 8], 3));
}

const opsOf = (graph: Graph) => graph.nodes.map(({ op }) => op).join(" ");
const POOLED = "Conv Relu GlobalAveragePool Flatten";

describe("the end of the network", () => {
  const forms: Record<string, (e: Exporter, x: string) => string> = {
    "a trunk with height and width": (_, x) => x,
    "a trunk and its pool": (e, x) => e.op("GlobalAveragePool", x),
    "pooled features": (e, x) => e.op("Flatten", e.op("GlobalAveragePool", x)),
    "a linear layer (Gemm)": (e, x) => e.linear(e.op("Flatten", e.op("GlobalAveragePool", x)), 8),
    "a linear layer and Softmax": (e, x) =>
      e.op("Softmax", e.linear(e.op("Flatten", e.op("GlobalAveragePool", x)), 8)),
    "Dropout, a linear layer and Sigmoid": (e, x) =>
      e.op("Sigmoid", e.linear(e.op("Dropout", e.op("Flatten", e.op("GlobalAveragePool", x))), 8)),
    MatMul: (e, x) =>
      e.op("MatMul", e.op("Flatten", e.op("GlobalAveragePool", x)), e.weight("fc.weight", 8, 10)),
    "MatMul and Add": (e, x) => {
      const product = e.op(
        "MatMul",
        e.op("Flatten", e.op("GlobalAveragePool", x)),
        e.weight("fc.weight", 8, 10),
      );
      return e.op("Add", e.weight("fc.bias", 10), product);
    },
    "a mean over the axes 2 and 3": (e, x) => {
      const attributes = { axes: [2, 3], keepdims: 0 };
      return e.linear(e.builder.node("ReduceMean", [x], { attributes }), 8);
    },
    "a mean over the last axes, which stay, and a squeeze": (e, x) => {
      const mean = e.builder.node("ReduceMean", [x], { attributes: { axes: [-1, -2] } });
      return e.linear(e.op("Squeeze", mean, e.builder.ints([2, 3])), 8);
    },
    "a squeeze of all axes": (e, x) => e.linear(e.op("Squeeze", e.op("GlobalAveragePool", x)), 8),
    "a reshape to the exporter's batch and width": (e, x) =>
      e.linear(e.op("Reshape", e.op("GlobalAveragePool", x), e.builder.ints([1, 8])), 8),
    "a reshape to any batch and the width": (e, x) =>
      e.linear(e.op("Reshape", e.op("GlobalAveragePool", x), e.builder.ints([-1, 8])), 8),
    "a reshape to a shape computed at run time": (e, x) => {
      const first = e.op("Gather", e.op("Shape", x), e.builder.initializer("zero", int64([], [0])));
      const batch = e.op("Unsqueeze", first, e.builder.ints([0]));
      const shape = e.builder.node("Concat", [batch, e.builder.ints([-1])], { attributes: { axis: 0 } });
      return e.linear(e.op("Reshape", e.op("GlobalAveragePool", x), shape), 8);
    },
    "a pool with a window of the file's size, behind an empty Pad": (e, x) => {
      const padded = e.op("Pad", x, e.builder.ints([0, 0, 0, 0, 0, 0, 0, 0]));
      const attributes = { kernel_shape: [SIZE - 2, SIZE - 2] };
      const mean = e.builder.node("AveragePool", [padded], { attributes });
      return e.linear(e.op("Reshape", mean, e.builder.ints([0, -1])), 8);
    },
    "a classifying convolution, Relu and pool, as SqueezeNet": (e, x) => {
      const places = e.op("Relu", e.conv("classifier.1", e.op("Dropout", x), [8, 10]));
      return e.op("Flatten", e.op("GlobalAveragePool", places));
    },
    "a convolution of 1000 channels, however it is called": (e, x) =>
      e.op("Flatten", e.op("GlobalAveragePool", e.conv("conv25", x, [8, 1000]))),
    "a classifying convolution behind the pool": (e, x) =>
      e.op("Flatten", e.conv("head.conv", e.op("GlobalAveragePool", x), [8, 10])),
  };
  for (const [form, end] of Object.entries(forms)) {
    test(`${form}: 8 features of any size of picture`, async () => {
      const exporter = new Exporter();
      const { graph, features, preprocess } = await onnxBackbone(
        exporter.bytes(end(exporter, trunk(exporter))),
      );
      assert.equal(opsOf(graph), POOLED);
      assert.equal(features, 8);
      assert.equal(preprocess.crop, SIZE);
      assert.deepEqual(graph.inputs, [{ name: "input", type: "float32", shape: ["N", 3, "H", "W"] }]);
      assert.deepEqual(graph.outputs, [{ name: "features", type: "float32", shape: ["N", 8] }]);
      assert.deepEqual([...graph.initializers.keys()], ["stem.weight"]);
      for (const size of [SIZE, 7, 96]) {
        assert.deepEqual(inferShapes(atInputSize(graph, size)).get("features")?.shape, ["N", 8]);
      }
    });
  }

  test("an output that says logits is of a classifying convolution, another of one more layer", async () => {
    const file = (output: string) => {
      const e = new Exporter();
      return e.bytes(e.op("Flatten", e.op("GlobalAveragePool", e.conv("last", trunk(e), [8, 12]))), output);
    };
    assert.equal((await onnxBackbone(file("logits"))).features, 8);
    assert.equal((await onnxBackbone(file("embedding"))).features, 12);
  });

  test("of several linear layers the last alone is the classifier", async () => {
    const e = new Exporter();
    const flat = e.op("Flatten", e.op("GlobalAveragePool", trunk(e)));
    const { graph, features } = await onnxBackbone(e.bytes(e.linear(e.op("Relu", e.linear(flat, 8, 6)), 6)));
    assert.equal(opsOf(graph), `${POOLED} Gemm Relu`);
    assert.equal(features, 6);
  });
});

describe("the weights", () => {
  test("without names get them from the nodes that use them; readable ones stay", async () => {
    const e = new Exporter();
    const shape = [3, 3, 1, 1];
    const conv = (x: string, weights: readonly string[], name: string) =>
      e.builder.node("Conv", [x, ...weights], { name });
    let x = conv(
      "x",
      [e.weight("onnx::Conv_10", ...shape), e.weight("onnx::Conv_11", 3)],
      "/a/a.0/conv/Conv",
    );
    x = conv(x, [e.weight("12", ...shape)], "/b/Conv");
    x = conv(x, [e.weight("mine_weight", ...shape)], "/c/Conv");
    x = conv(x, [e.weight("own.kernel", ...shape)], "/d/Conv");
    const { graph } = await onnxBackbone(e.bytes(x));
    assert.deepEqual(weightsOf(graph), [
      "a.0.conv.weight",
      "a.0.conv.bias",
      "b.weight",
      "mine_weight",
      "own.kernel",
    ]);
  });

  test("that an exporter joined because they were equal are parted", async () => {
    const e = new Exporter();
    const shared = e.weight("a.weight", 3, 3, 1, 1);
    const again = e.builder.node("Identity", [shared], { outputs: ["b.weight"] });
    const x = e.op("Conv", e.op("Conv", "x", shared), again);
    assert.deepEqual(weightsOf((await onnxBackbone(e.bytes(x))).graph), ["a.weight", "b.weight"]);
  });

  test("of a normalisation exported for training are as in one that isn't", async () => {
    const e = new Exporter();
    const parts = ["weight", "bias", "running_mean", "running_var"].map((part) => e.weight(`bn.${part}`, 3));
    const [x] = e.builder.nodes("BatchNormalization", ["x", ...parts], {
      outputs: 3,
      attributes: { training_mode: 1, epsilon: { float: 1e-3 } },
    });
    const { graph } = await onnxBackbone(e.bytes(x));
    assert.equal(graph.nodes[0].outputs.length, 1);
    assert.deepEqual(graph.nodes[0].attributes, { epsilon: { float: Math.fround(1e-3) } });
    assert.deepEqual(weightsOf(graph), ["bn.weight", "bn.bias"]);
  });
});

test("names that the network needs for itself may stand in the file", async () => {
  const e = new Exporter([{ ...picture, name: "image" }]);
  let x = e.builder.node("Relu", ["image"], { outputs: ["input"] });
  x = e.conv("classifier.0", x, [3, 4]);
  x = e.builder.node("Relu", [x], { outputs: ["logits"] });
  x = e.builder.node("Relu", [x], { outputs: ["features"] });
  const backbone = await onnxBackbone(e.bytes(x, "out"));
  assert.equal(backbone.classifier, "classifier2");
  const net = network(backbone, { labels: 2, size: 8 });
  const made = net.graph.nodes.flatMap(({ outputs }) => outputs);
  assert.equal(new Set(made).size, made.length, "every value is made once");
  assert.deepEqual(inferShapes(net.graph).get("logits")?.shape, ["N", 2]);
  assert.deepEqual(trainableWeights(net, "backbone"), new Set(["classifier2.weight", "classifier2.bias"]));
});

test("a network that takes one size only is refused at another, with both widths", async () => {
  const e = new Exporter();
  const flat = e.op("Flatten", e.conv("a", "x", [3, 1]));
  const backbone = await onnxBackbone(e.bytes(e.linear(flat, SIZE * SIZE)));
  assert.equal(backbone.features, SIZE * SIZE);
  assert.equal(network(backbone, { labels: 2 }).features, SIZE * SIZE);
  assert.throws(() => network(backbone, { labels: 2, size: 16 }), /has 1024 features .* 32 .* 256 at 16/);
});

describe("errors", () => {
  const fails = (bytes: Uint8Array | string, ...patterns: RegExp[]) =>
    assert.rejects(onnxBackbone(bytes), (error: Error) => {
      assert.equal(error.name, "UserError");
      for (const pattern of patterns) assert.match(error.message, pattern);
      return true;
    });

  test("operators that are not known: the operator, the node, and the known ones; all at once", () => {
    const e = new Exporter();
    let x = e.conv("stem", "x", [3, 8]);
    for (const name of ["/act1/Selu", "/act2/Selu"]) x = e.builder.node("Selu", [x], { name });
    x = e.builder.node("Fancy", [x], { name: "/fancy", domain: "com.example" });
    return fails(
      e.bytes(x),
      /operator Selu, node "\/act1\/Selu" and 1 more/,
      /operator com\.example\.Fancy, node "\/fancy"/,
      new RegExp([...knownOps].sort().join(", ")),
    );
  });

  test("an operator without a gradient rule may be frozen, and is refused before weights that train", async () => {
    const e = new Exporter();
    const at = e.builder.initializer("at", int64([1, 1, 1, 1], [0]));
    const zero = e.builder.initializer("zero", float32([1, 1, 1, 1], [0]));
    const stem = e.builder.node("ScatterElements", [e.conv("stem", "x", [3, 8]), at, zero], {
      name: "/act/ScatterElements",
    });
    const net = network(await onnxBackbone(e.bytes(e.conv("top", stem, [8, 4]))), { labels: 2 });
    assert.deepEqual(
      [...trainableWeights(net, "stem")].filter((name) => !isWithin(name, net.classifier)),
      ["top.weight"],
    );
    assert.ok(trainableWeights(net, "backbone").size > 0);
    assert.throws(
      () => trainableWeights(net, "none"),
      (error: Error) => {
        assert.equal(error.name, "UserError");
        assert.match(error.message, /operator ScatterElements, node "\/act\/ScatterElements"/);
        return /--freeze/.test(error.message) && !/, ScatterElements,/.test(error.message);
      },
    );
  });

  test("an operator younger than our set is written as older ones", async () => {
    const e = new Exporter();
    const backbone = await onnxBackbone(e.bytes(e.op("Gelu", e.conv("stem", "x", [3, 8]))));
    const ops = network(backbone, { labels: 2 }).graph.nodes.map(({ op }) => op);
    assert.ok(ops.includes("Erf") && !ops.includes("Gelu"), ops.join());
  });

  test("a constant of the file is no weight, and a table from which it gathers is one", async () => {
    const e = new Exporter();
    const tensor = float32([8, 1, 1], new Float32Array(8).fill(0.5));
    const mask = e.builder.node("Constant", [], { attributes: { value: { tensor } } });
    const masked = e.op("Add", e.op("Mul", e.conv("stem", "x", [3, 8]), mask), mask);
    const rows = e.builder.initializer("rows", int64([8], [0, 1, 2, 3, 3, 2, 1, 0]));
    const row = e.builder.node("Gather", [e.weight("table", 4, 1, 1), rows], { attributes: { axis: 0 } });
    const net = network(await onnxBackbone(e.bytes(e.op("Add", masked, row))), { labels: 2 });
    const weights = weightsOf(net.graph).filter((name) => !isWithin(name, net.classifier));
    assert.deepEqual(weights, ["stem.weight", "table"]);
  });

  test("such an operator in the classifier is no matter", async () => {
    const e = new Exporter();
    const logits = e.op("Selu", e.op("MatMul", e.op("Flatten", e.op("GlobalAveragePool", "x")), "w"));
    await fails(e.bytes(logits), /operator Selu/);
    const f = new Exporter();
    const flat = f.op("Flatten", f.op("GlobalAveragePool", trunk(f)));
    const aside = f.op("Selu", flat);
    f.builder.output({ name: f.linear(flat, 8), type: "float32", shape: [] });
    f.builder.output({ name: aside, type: "float32", shape: [] });
    assert.equal((await onnxBackbone(writeOnnx(f.builder.graph))).features, 8);
  });

  const inputs: [string, ValueInfo[], RegExp][] = [
    ["bytes", [{ ...picture, type: "uint8" }], /x \(uint8 \[batch, 3, 32, 32\]\); .*float32 \[N, 3, H, W\]/],
    ["channels last", [{ ...picture, shape: ["N", SIZE, SIZE, 3] }], /Channels are last there/],
    ["one channel", [{ ...picture, shape: ["N", 1, SIZE, SIZE] }], /one input of normalised pictures/],
    ["two pictures", [picture, { ...picture, name: "z" }], /x \(.*\), z \(.*\); one input/],
  ];
  for (const [form, infos, pattern] of inputs) {
    test(`inputs: ${form}`, () => {
      const e = new Exporter(infos);
      return fails(e.bytes(e.conv("a", "x", [3, 4])), pattern);
    });
  }

  test("features that depend on something else too", () => {
    const e = new Exporter([picture, { name: "mask", type: "float32", shape: ["N", 1, SIZE, SIZE] }]);
    return fails(e.bytes(e.op("Mul", trunk(e), "mask")), /depend on x, mask; on the picture alone/);
  });

  test("features of a rank that are none", () => {
    const e = new Exporter();
    return fails(e.bytes(e.op("Squeeze", "x", e.builder.ints([2]))), /have 3 dimensions/);
  });

  test("pads that the exporter left to the runtime", () => {
    const e = new Exporter();
    const weight = e.weight("w", 3, 3, 3, 3);
    const x = e.builder.node("Conv", ["x", weight], { name: "/a", attributes: { auto_pad: "SAME_UPPER" } });
    return fails(e.bytes(x), /node "\/a" has auto_pad=SAME_UPPER/);
  });

  test("no file, and no ONNX file", async () => {
    await fails("nowhere/missing.onnx", /There is no file nowhere\/missing\.onnx/);
    await fails("package.json", /package\.json is not an ONNX file/);
  });
});

describe("networks trained on ImageNet", () => {
  const files = [
    { name: "squeezenet1_1-imagenet", features: 512, weights: 50, module: "features.9" },
    { name: "mobilenetv2-imagenet-features", features: 1280, weights: 53 * 3, module: "blocks.9" },
    { name: "resnet50v2-imagenet-stage3-features", features: 1024, weights: 43 + 42 * 2, module: "stage2" },
  ];
  for (const { name, features, weights, module } of files) {
    const { path, skip } = sharedFile(`weights/${name}.onnx`);
    test(`${name} has ${features} features at 224 and at 96 pixels`, { skip }, async () => {
      const backbone = await onnxBackbone(path);
      assert.equal(backbone.name, `${name}.onnx`);
      assert.equal(backbone.features, features);
      assert.equal(backbone.preprocess.crop, 224);
      assert.equal(weightsOf(backbone.graph).length, weights);
      for (const size of [224, 96]) {
        const net = network(backbone, { labels: 3, size });
        assert.equal(net.features, features);
        assert.equal(trainableWeights(net, "backbone").size, 2);
        const left = trainableWeights(net, module);
        assert.ok(left.size > 2 && left.size < weights, `${left.size}`);
        assert.ok([...left].every((weight) => !weight.startsWith(`${module}.`)));
      }
    });
  }
});
