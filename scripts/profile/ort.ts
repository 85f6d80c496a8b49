// ONNX Runtime, watched by its own profiler; what a step takes beyond it are the updates that follow its runs.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { engineOf, type Session } from "../../src/engines/engine.js";
import { OrtSession } from "../../src/engines/ort/session.js";
import { median, type NodeTime, type Watched } from "./watched.js";

/** As ONNX Runtime's profile has them; durations in microseconds. */
interface Event {
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Record<string, readonly number[]>[];
    readonly output_type_shape?: readonly Record<string, readonly number[]>[];
  };
}

const KERNEL = "_kernel_time";

const shapes = (list: Event["args"]["input_type_shape"] = []) =>
  list.map((one) => `[${Object.values(one)[0]}]`).join(" ");

export async function watchOrt({ threads }: { threads: number }): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), "multihot-profile-"));
  const models: ort.InferenceSession[] = [];
  const watched = async (model: Uint8Array, options?: ort.InferenceSession.SessionOptions) => {
    const made = await ort.InferenceSession.create(model, options);
    models.push(made);
    return made;
  };
  return {
    engine: engineOf({
      name: "ort",
      description: "ONNX Runtime",
      async open(): Promise<Session> {
        return new OrtSession({
          ort: { Tensor: ort.Tensor, InferenceSession: { create: watched } },
          provider: "cpu",
          threads,
          fillsOutputs: true,
          options: { enableProfiling: true, profileFilePrefix: join(folder, "ort") },
        });
      },
    }),
    nodes(without) {
      for (const model of models) model.endProfiling();
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
      rmSync(folder, { recursive: true });
      return timesOf(
        files.flatMap((text) => JSON.parse(text)),
        without,
      );
    },
  };
}

function timesOf(events: readonly Event[], without: number): NodeTime[] {
  const times = new Map<string, Event[]>();
  for (const event of events) {
    if (event.name.endsWith(KERNEL)) times.set(event.name, [...(times.get(event.name) ?? []), event]);
  }
  return [...times].map(([name, all]) => {
    const { args } = all[0];
    return {
      milliseconds: median(all.slice(without).map(({ dur }) => dur / 1000)),
      group: args.op_name ?? "",
      details: `${args.op_name} ${shapes(args.input_type_shape)} -> ${shapes(args.output_type_shape)} ${name.slice(0, -KERNEL.length)}`,
    };
  });
}
