// ONNX Runtime, watched by its own profiler, and the updates that follow its runs.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as runtime from "onnxruntime-node";
import { OrtComputer } from "../../src/engines/ort/computer.js";
import { prepare } from "../../src/engines/ort/prepare.js";
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
const RUN = "model_run";

const shapes = (list: Event["args"]["input_type_shape"] = []) =>
  list.map((one) => `[${Object.values(one)[0]}]`).join(" ");

export async function watchOrt({ threads }: { threads: number }): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), "multihot-profile-"));
  const whole: number[] = [];
  const computers: OrtComputer[] = [];
  return {
    engine: {
      name: "ort",
      description: "ONNX Runtime",
      async compile(graph) {
        const computer = await OrtComputer.open(runtime, prepare(graph, threads), {
          enableProfiling: true,
          profileFilePrefix: join(folder, "ort"),
        });
        computers.push(computer);
        return {
          async run(inputs) {
            const begun = performance.now();
            const outputs = await computer.run(inputs);
            whole.push(performance.now() - begun);
            return outputs;
          },
          readState: async (names) => computer.read(names),
          writeState: async (state) => computer.write(state),
          close: async () => computer.close(),
        };
      },
    },
    nodes(without) {
      for (const computer of computers) computer.endProfiling();
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
      rmSync(folder, { recursive: true });
      const events: Event[] = files.flatMap((text) => JSON.parse(text));
      const runs = events.filter(({ name }) => name === RUN).map(({ dur }) => dur / 1000);
      const rest = whole.map((milliseconds, i) => milliseconds - runs[i]);
      return [
        ...timesOf(events, without),
        {
          milliseconds: median(rest.slice(without)),
          group: "the updates in JavaScript",
          details: "all after ONNX Runtime's run",
        },
      ];
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
