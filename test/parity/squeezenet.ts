// SqueezeNet 1.1 from its ONNX file gives the logits of torchvision's, with the same weights, on photographs.
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openEngine } from "../../src/engines/index.js";
import { readOnnx } from "../../src/graph/onnx.js";
import { float32 } from "../../src/graph/tensor.js";
import { Exchange } from "./exchange.js";
import { python } from "./python.js";
import { type Report, short } from "./report.js";

export async function squeezenet(folder: string, report: Report): Promise<void> {
  const shared = process.env.MULTIHOT_DATA ?? "../shared";
  const weights = join(shared, "weights");
  const images = join(shared, "data/coco18/images");
  try {
    await Promise.all([access(weights), access(images)]);
  } catch {
    report.note(`left out: ${weights} and ${images} are not both there (another place: MULTIHOT_DATA)`);
    return;
  }
  const photographs = (await readdir(images))
    .sort()
    .slice(0, 8)
    .map((name) => join(process.cwd(), images, name));
  const name = "squeezenet1_1-imagenet";
  await python("squeezenet.py", folder, join(process.cwd(), weights, `${name}.safetensors`), ...photographs);
  const theirs = await Exchange.read(folder, "squeezenet");
  const file = join(weights, `${name}.onnx`);
  const engine = await openEngine("auto");
  const program = await engine.compile(readOnnx(await readFile(file), file));
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
