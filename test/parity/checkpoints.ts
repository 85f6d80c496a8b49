// Checkpoints that torch.save wrote give the logits that torchvision computes with them.

import { runPython } from "../../src/bench/python.js";
import type { Engine } from "../../src/engines/engine.js";
import { tensor } from "../../src/graph/tensor.js";
import { Exchange } from "./exchange.js";
import { torchvisionResnet } from "./networks.js";
import { type Report, relativeDistance } from "./report.js";

/** Depths, each in another of the forms that checkpoint.py writes. */
const forms = { 18: "legacy", 50: "zip", 101: "parallel" } as const;

export async function checkpoints(folder: string, report: Report, engine: Engine): Promise<void> {
  for (const [depth, form] of Object.entries(forms)) {
    await runPython("test/parity/checkpoint.py", folder, depth, form);
    const name = `resnet${depth}`;
    const theirs = await Exchange.read(folder, name);
    const shape = theirs.shape("images");
    const net = await torchvisionResnet(folder, name, shape[1]);
    const program = await engine.compile(net.graph);
    const { logits } = await program.run({ image: tensor("uint8", shape, theirs.get("images", "uint8")) });
    await program.close();
    const distance = relativeDistance(logits.data as Float32Array, theirs.get("logits", "float32"));
    report.atMost(`${name} (${form}), relative difference of the logits`, distance, 1e-4);
  }
}
