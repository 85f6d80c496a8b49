// The engines that every suite runs on; of those that MULTIHOT_ENGINES names (`onednn`), where it is set.
import { test } from "node:test";
import * as ort from "onnxruntime-node";
import { type Engine, engineOf } from "../src/engines/engine.js";
import { onednnEngine } from "../src/engines/onednn/engine.js";
import { findOnednn } from "../src/engines/onednn/open.js";
import { ortEngine } from "../src/engines/ort/engine.js";
import { OrtSession } from "../src/engines/ort/session.js";
import { webgpuEngine } from "../src/engines/webgpu/engine.js";
import { findWebgpu } from "../src/engines/webgpu/open.js";
import { DeviceStore } from "../src/engines/webgpu/store.js";
import { referenceEngine } from "./reference/engine.js";
import { lacks } from "./support/needs.js";

const onednn = await findOnednn();
if ("reason" in onednn) test("the suites on oneDNN", { skip: lacks("onednn", onednn.reason) }, () => {});

/** What oneDNN's engine has no code for yet, and what does not decompose to what it has. */
const onednnLacks = ["GatherElements", "Range", "Round"];

const named = process.env.MULTIHOT_ENGINES?.split(",");

/** A processor in place of a device takes minutes for them: `npm run webgpu` asks for them. */
const webgpu = named?.includes("webgpu") ? await findWebgpu() : undefined;
if (webgpu && "reason" in webgpu)
  test("the suites on WebGPU", { skip: lacks("webgpu", webgpu.reason) }, () => {});

/** What WebGPU is given, on kernels that are known to be right. */
function loweredEngine(): Engine {
  const runtime = { ort, provider: "cpu", threads: 2, fillsOutputs: false };
  return engineOf({
    name: "webgpu-lowering",
    description: "WebGPU's lowering on a processor",
    open: async () => new OrtSession(runtime, undefined, new DeviceStore(runtime, "cpu")),
  });
}

interface TestedEngine {
  readonly name: string;
  readonly engine: Engine;
  /** It computes in float64. */
  readonly exact: boolean;
  /** The operators that it cannot run. */
  readonly lacks: readonly string[];
}

const all: readonly TestedEngine[] = [
  { name: "reference", engine: referenceEngine(), exact: true, lacks: [] },
  { name: "ort", engine: ortEngine({ threads: 2 }), exact: false, lacks: [] },
  ...("library" in onednn
    ? [
        {
          name: "onednn",
          engine: onednnEngine(onednn.library, { threads: 2 }),
          exact: false,
          lacks: onednnLacks,
        },
      ]
    : []),
  ...(named?.includes("webgpu-lowering")
    ? [{ name: "webgpu-lowering", engine: loweredEngine(), exact: false, lacks: [] }]
    : []),
  ...(webgpu && "adapter" in webgpu
    ? [{ name: "webgpu", engine: webgpuEngine(webgpu.adapter), exact: false, lacks: [] }]
    : []),
];

export const engines = all.filter(({ name }) => !named || named.includes(name));
