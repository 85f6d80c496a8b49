// The zoo: every family of torchvision that can be exported, as a frozen and as a trained backbone.
//
// Frozen: the logits for inference, beside float64 PyTorch's. Trained: one step's gradients on batch statistics, whose
// distance from float64 PyTorch's is held against that of float32 PyTorch's. A ReLU whose input lies within rounding of
// zero falls to either side, and moves the gradient a thousand times as far as rounding does elsewhere. So batches are
// tried until there is one in which nothing fell: ours is then as near as PyTorch's at its nearest.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runPython } from "../../src/bench/python.js";
import type { Engine } from "../../src/engines/engine.js";
import { float32, tensor } from "../../src/graph/tensor.js";
import { type Network, network } from "../../src/models/network.js";
import { onnxBackbone } from "../../src/models/onnx-backbone.js";
import { Exchange } from "./exchange.js";
import { stepGradients } from "./recorded-step.js";
import { type Report, relativeDistance, short } from "./report.js";

/** Our distance over PyTorch's. */
const LIMIT = 1.5;
/** A relative distance that rounding alone does not make. */
const FALLEN = 1e-3;

interface Family {
  readonly name: string;
  /** In pixels; the smallest that the family can be exported for. */
  readonly size: number;
  readonly batch: number;
  /** How many batches are tried at most: one where no ReLU can fall. */
  readonly batches: number;
}

const family = (name: string, size = 64, batch = 2, batches = 8): Family => ({ name, size, batch, batches });

const families: readonly Family[] = [
  // Small ones of what torchvision's lack: small_networks.py.
  family("tokens", 64, 4, 1),
  family("layers"),
  family("alexnet", 224),
  family("convnext_tiny", 64, 2, 1),
  family("densenet121"),
  family("efficientnet_b0", 64, 4, 1),
  family("efficientnet_v2_s", 64, 4, 1),
  family("googlenet"),
  family("inception_v3", 96),
  family("maxvit_t", 224, 2, 1),
  family("mnasnet1_0"),
  family("mobilenet_v2"),
  family("mobilenet_v3_small"),
  family("mobilenet_v3_large"),
  family("regnet_x_400mf"),
  family("regnet_y_400mf"),
  family("resnet18"),
  family("resnext50_32x4d"),
  family("shufflenet_v2_x1_0"),
  family("squeezenet1_1"),
  family("swin_t", 64, 2, 1),
  family("vgg11", 224, 2, 4),
  family("vit_b_16", 224, 1, 1),
  family("wide_resnet50_2", 64, 2, 4),
];

/** The backbone from its file, and the network's own last layer as the head. */
async function exported(folder: string, name: string, size: number): Promise<Network> {
  const head = await Exchange.read(folder, "head");
  const bias = head.get("bias", "float32");
  const backbone = await onnxBackbone(join(folder, `${name}.onnx`));
  const net = network(backbone, { labels: bias.length, size, init: () => head.get("weight", "float32") });
  net.graph.initializers.set(`${net.classifier}.bias`, float32([bias.length], bias));
  return net;
}

/** Writes arrays as exchange.py reads them. */
async function save(folder: string, name: string, arrays: ReadonlyMap<string, Float32Array>): Promise<void> {
  const entries: Record<string, { type: string; shape: number[]; offset: number }> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [key, array] of arrays) {
    entries[key] = { type: "float32", shape: [array.length], offset };
    parts.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    offset += array.byteLength;
  }
  await writeFile(join(folder, `${name}.bin`), parts);
  await writeFile(join(folder, `${name}.json`), JSON.stringify(entries));
}

async function infer(net: Network, engine: Engine, batch: Exchange): Promise<Float32Array> {
  const program = await engine.compile(net.graph);
  const image = tensor("uint8", batch.shape("images"), batch.get("images", "uint8"));
  const { logits } = await program.run({ image });
  await program.close();
  return logits.data as Float32Array;
}

async function compare(
  { name, size, batch, batches }: Family,
  folder: string,
  report: Report,
  engine: Engine,
) {
  const options = [folder, name, size, batch, batches];
  await runPython("test/parity/zoo.py", "make", ...options);
  const net = await exported(folder, name, size);
  const first = await Exchange.read(folder, "batch0");
  const frozen = relativeDistance(await infer(net, engine, first), first.get("logits", "float64"));
  report.atMost(`${name}, frozen: logits, relative distance`, frozen, 1e-4);
  const head = String.fromCharCode(...(await Exchange.read(folder, "head")).get("names", "uint8"));
  const theirName = (key: string) =>
    key.replace(new RegExp(`^${net.classifier}\\.(?=weight$|bias$)`), `${head}.`);
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let lacking = 0;
  const isSettled = () => least[0] < FALLEN && least[0] <= LIMIT * least[1];
  for (let i = 0; i < batches && !isSettled(); i++) {
    const { gradients } = await stepGradients(net, engine, await Exchange.read(folder, `batch${i}`));
    await save(folder, "ours", new Map([...gradients].map(([key, data]) => [theirName(key), data])));
    await runPython("test/parity/zoo.py", "compare", folder, name, size, batch, i);
    const found = await Exchange.read(folder, "step");
    lacking = found.get("lacking", "float64")[0];
    found.get("gradients", "float64").forEach((distance, side) => {
      least[side] = Math.min(least[side], distance);
    });
  }
  report.atMost(`${name}, trained: weights without a gradient`, lacking, 0);
  const [ours, theirs] = least;
  report.atMost(`${name}, trained: gradient, our distance over PyTorch's`, ours / theirs, LIMIT);
  report.note(`relative distance from float64: ours ${short(ours)}, PyTorch's ${short(theirs)}`);
  if (Math.max(...least) > FALLEN) report.note("something fell in every batch, on one side at least");
}

/** MULTIHOT_ZOO names the families that are wanted, joined by commas; default: all. */
export async function zoo(folder: string, report: Report, engine: Engine): Promise<void> {
  const wanted = process.env.MULTIHOT_ZOO?.split(",");
  for (const one of families) {
    if (wanted && !wanted.includes(one.name)) continue;
    const own = join(folder, "zoo");
    await rm(own, { recursive: true, force: true });
    await mkdir(own);
    try {
      await compare(one, own, report, engine);
    } catch (error) {
      report.atMost(`${one.name}, failed`, 1, 0);
      report.note(String(error instanceof Error ? error.message : error).slice(-600));
    }
  }
}
