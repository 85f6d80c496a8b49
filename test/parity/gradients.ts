// Gradients of one training step, held against float64 PyTorch: we may be no farther from it than float32
// PyTorch is, but for the luck of rounding.
//
// A ReLU whose input lies within rounding of zero falls to either side, and so does a max pooling of nearly
// equal inputs. Each such fall, in PyTorch as in ours, moves the gradient by a thousand times what rounding
// does elsewhere. So the float64 gradient is taken on the sides that the compared step took, ours and
// PyTorch's each on its own; and the falls are counted, of which we may have no more than PyTorch.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runPython } from "../../src/bench/python.js";
import type { Engine } from "../../src/engines/engine.js";
import type { BatchNorm } from "../../src/training/step/step-graph.js";
import { Exchange } from "./exchange.js";
import { torchvisionMobilenet, torchvisionResnet } from "./networks.js";
import { type RecordedStep, recordedStep } from "./recorded-step.js";
import { type Report, short, squaredDistance } from "./report.js";

const SIZE = 64;
const BATCH = 8;
/** Networks and batches whose distances are added up. */
const SEEDS = [1, 2];

/** Sums of squared distances from the exact values, ours and float32 PyTorch's, and of the values' own squares. */
class Distances {
  ours = 0;
  theirs = 0;
  size = 0;

  add(ours: number, theirs: number, exact: Float64Array): void {
    this.ours += ours;
    this.theirs += theirs;
    this.size += squaredDistance(exact, new Float64Array(exact.length));
  }

  get ratio(): number {
    return Math.sqrt(this.ours / this.theirs);
  }

  toString(): string {
    const relative = (distance: number) => short(Math.sqrt(distance / this.size));
    return `ours ${relative(this.ours)}, PyTorch's ${relative(this.theirs)}`;
  }
}

class Comparison {
  private readonly whole = new Distances();
  private readonly logits = new Distances();
  private readonly weights = new Map<string, Distances>();
  private readonly falls = { ours: 0, theirs: 0 };

  add(ours: RecordedStep, theirs: Exchange): void {
    const [oursFell, theirsFell] = theirs.get("falls", "float64");
    this.falls.ours += oursFell;
    this.falls.theirs += theirsFell;
    const exact = theirs.get("exact/logits", "float64");
    const single = theirs.get("single/logits", "float32");
    this.logits.add(squaredDistance(ours.logits, exact), squaredDistance(single, exact), exact);
    const names = theirs.keys("gradient/");
    const lacking = names.filter((name) => !ours.gradients.has(name));
    if (lacking.length > 0 || names.length !== ours.gradients.size) {
      throw new Error(
        `We have ${ours.gradients.size} gradients, PyTorch ${names.length}; we lack ${lacking}.`,
      );
    }
    for (const [name, gradient] of ours.gradients) {
      const exact = theirs.get(`gradient/${name}`, "float64");
      const distance = squaredDistance(gradient, exact);
      const [distanceOfTheirs] = theirs.get(`distance/${name}`, "float64");
      const weight = this.weights.get(name) ?? new Distances();
      weight.add(distance, distanceOfTheirs, exact);
      this.whole.add(distance, distanceOfTheirs, exact);
      this.weights.set(name, weight);
    }
  }

  tell(report: Report, what: string): void {
    const [name, worst] = [...this.weights].reduce((a, b) => (b[1].ratio > a[1].ratio ? b : a));
    report.atMost(`${what}, whole gradient, our distance over PyTorch's`, this.whole.ratio, 1.5);
    report.atMost(`${what}, the worst weight (${name})`, worst.ratio, 3);
    report.atMost(`${what}, logits`, this.logits.ratio, 3);
    // Falls are rare events: their number scatters by its root.
    const usual = this.falls.theirs + 3 * Math.sqrt(this.falls.theirs + 1);
    report.atMost(`${what}, falls (PyTorch's: ${this.falls.theirs})`, this.falls.ours, usual);
    report.note(`relative distance from float64: ${this.whole}`);
  }
}

async function compare(engine: Engine, folder: string, name: string, mode: BatchNorm): Promise<Comparison> {
  const comparison = new Comparison();
  for (const seed of SEEDS) {
    const options = [folder, name, mode, SIZE, BATCH, seed];
    await runPython("test/parity/gradients.py", "make", ...options);
    const batch = await Exchange.read(folder, "batch");
    const net =
      name === "mobilenet_v2"
        ? await torchvisionMobilenet(folder, SIZE, batch)
        : await torchvisionResnet(folder, name, SIZE);
    const ours = await recordedStep(net, mode, engine, batch);
    const kinks = [ours.relus, new Uint8Array(ours.pool.buffer)];
    await writeFile(join(folder, "kinks.bin"), Buffer.concat(kinks));
    await runPython("test/parity/gradients.py", "compare", ...options);
    comparison.add(ours, await Exchange.read(folder, "step"));
  }
  return comparison;
}

export async function gradients(folder: string, report: Report, engine: Engine): Promise<void> {
  for (const name of ["resnet18", "resnet50", "mobilenet_v2"]) {
    for (const mode of ["batch", "frozen"] as const) {
      const comparison = await compare(engine, folder, name, mode);
      comparison.tell(report, `${name}, BatchNormalization ${mode}`);
    }
  }
}
