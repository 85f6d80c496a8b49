// Sides: which processes measure a row, ours and PyTorch's.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { EngineState } from "../engines/survey.js";
import { startPython, tuned } from "./python.js";
import type { Ours, Row, Settings } from "./rows.js";

export interface Side {
  readonly name: string;
  /** What it is compared within; undefined where there is but one. */
  readonly precision: string | undefined;
  readonly pytorch: boolean;
  start(row: string, settings: Settings): ChildProcessWithoutNullStreams;
}

/** As it comes, or with the allocator's and OpenMP's settings with which it is fastest. */
export type PytorchSetting = "installed" | "tuned";

function ourSide(name: string, ours: Ours, precision: string | undefined): Side {
  const script = fileURLToPath(new URL("./ours.js", import.meta.url));
  return {
    name,
    precision,
    pytorch: false,
    start: (row, settings) =>
      spawn(process.execPath, [script, row, JSON.stringify(ours), JSON.stringify(settings)]),
  };
}

/** Our sides of a row: each engine in each precision that it has. */
export function ourSides(
  { network, only }: Row,
  engines: readonly EngineState[],
  precisions: readonly ("fp32" | "bf16")[],
): Side[] {
  if (!network) return [ourSide("multihot", { engine: "ort", precision: "fp32" }, undefined)];
  const sides: Side[] = [];
  for (const { name, title: engine, works, bf16Gain } of engines) {
    if (!works) continue;
    const has = only
      ? only.engine === name
        ? [only.precision]
        : []
      : precisions.filter((precision) => precision === "fp32" || bf16Gain !== undefined);
    for (const precision of has) {
      const title = `multihot, ${engine}, ${precision}`;
      sides.push(ourSide(title, { engine: name, precision }, precision));
    }
  }
  return sides;
}

/** PyTorch's sides of a row: each of its programs in each precision and setting. */
export function pytorchSides(
  { network, pytorch }: Row,
  precisions: readonly ("fp32" | "bf16")[],
  settings: readonly PytorchSetting[],
): Side[] {
  const sides: Side[] = [];
  for (const [how, program] of Object.entries(pytorch)) {
    for (const precision of network ? precisions : [undefined]) {
      for (const setting of settings) {
        const parts = ["PyTorch", how, precision, settings.length > 1 ? setting : undefined];
        sides.push({
          name: parts.filter(Boolean).join(", "),
          precision,
          pytorch: true,
          start: (_, settings) => {
            const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
            const args = ["--row", program, "--precision", precision ?? "fp32", ...options];
            return startPython("bench/pytorch/speed.py", args, setting === "tuned" ? tuned : {});
          },
        });
      }
    }
  }
  return sides;
}
