// `npm run parity [-- PART … --engine NAME --json]`: our numbers beside PyTorch's. Fails where they are farther apart than we allow.
//
// Needs Python with torch and torchvision (Debian: python3-torch, python3-torchvision). Where these are
// missing it fails, unless MULTIHOT_PARITY=optional.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { missingPackage } from "../../src/bench/python.js";
import { type EngineName, openEngine } from "../../src/engines/index.js";
import { checkpoints } from "./checkpoints.js";
import { gradients } from "./gradients.js";
import { Report } from "./report.js";
import { sameNumbers } from "./same-numbers.js";
import { squeezenet } from "./squeezenet.js";
import { trajectories } from "./trajectories.js";
import { zoo } from "./zoo.js";

const parts = {
  checkpoints: { title: "Checkpoints: logits of torchvision's ResNets", run: checkpoints },
  gradients: { title: "Gradients: distance from float64 PyTorch", run: gradients },
  trajectories: { title: "Trajectories: losses of ResNet-18 at 64 pixels", run: trajectories },
  squeezenet: { title: "SqueezeNet 1.1, pretrained", run: squeezenet },
  zoo: { title: "Zoo: torchvision's families, frozen and trained", run: zoo },
  "same-numbers": { title: "Same numbers: one bundle on every runtime", run: sameNumbers },
};

const { positionals: wanted, values } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: "string", default: "auto" }, json: { type: "boolean", default: false } },
});
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}.`);
  process.exit(1);
}
for (const name of ["torch", "torchvision"]) {
  const why = await missingPackage(name);
  if (why === undefined) continue;
  const optional = process.env.MULTIHOT_PARITY === "optional";
  console.error(`Parity with PyTorch was not checked: ${why}`);
  process.exit(optional ? 0 : 1);
}

const engine = await openEngine(values.engine as EngineName);
if (!values.json) console.log(`On ${engine.description}.`);
const report = new Report(values.json);
const folder = await mkdtemp(join(tmpdir(), "multihot-parity-"));
try {
  for (const [name, { title, run }] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    report.heading(title);
    const begun = performance.now();
    await run(folder, report, engine);
    report.note(`${((performance.now() - begun) / 1000).toFixed(0)} s`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const { checks, failures, results } = report;
if (values.json) console.log(JSON.stringify({ engine: engine.description, checks, failures, results }));
else console.log(`\n${checks} checks, ${failures} failed.`);
process.exitCode = failures === 0 && checks > 0 ? 0 : 1;
