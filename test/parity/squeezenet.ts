// SqueezeNet 1.1 from its ONNX file gives the logits of torchvision's, with the same weights, on photographs.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { runPython } from "../../src/bench/python.js";
import type { Engine } from "../../src/engines/engine.js";
import { readOnnx } from "../../src/graph/onnx.js";
import { float32 } from "../../src/graph/tensor.js";
import { sharedFile } from "../support/shared-data.js";
import { Exchange } from "./exchange.js";
import { type Report, short } from "./report.js";

export async function squeezenet(folder: string, report: Report, engine: Engine): Promise<void> {
  const name = "squeezenet1_1-imagenet";
  const onnx = sharedFile(`weights/${name}.onnx`);
  const safetensors = sharedFile(`weights/${name}.safetensors`);
  const images = sharedFile("data/coco18/images");
  for (const { skip } of [onnx, safetensors, images]) if (skip) return report.note(`left out: ${skip}`);
  const names = (await readdir(images.path)).sort().slice(0, 8);
  const photographs = names.map((name) => join(images.path, name));
  await runPython("test/parity/squeezenet.py", folder, safetensors.path, ...photographs);
  const theirs = await Exchange.read(folder, "squeezenet");
  const program = await engine.compile(readOnnx(await readFile(onnx.path), onnx.path));
  const input = float32(theirs.shape("input"), theirs.get("input", "float32"));
  const { logits } = await program.run({ input });
  await program.close();
  const wanted = theirs.get("logits", "float32");
  const worst = (logits.data as Float32Array).reduce(
    (most, x, i) => Math.max(most, Math.abs(x - wanted[i])),
    0,
  );
  report.atMost(
    `SqueezeNet 1.1 on ${photographs.length} photographs, largest difference of a logit`,
    worst,
    1e-3,
  );
  report.note(`the largest logit is ${short(wanted.reduce((a, b) => Math.max(a, Math.abs(b)), 0))}`);
}
