// measureRow: the sides of a row in turns, so that what slows the machine down meets all of them.
import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import type { Row, Settings } from "./rows.js";
import type { Side } from "./sides.js";
import { Worker } from "./worker.js";

export interface Measurement {
  readonly row: string;
  readonly side: string;
  readonly unit: Row["unit"];
  readonly versions: string;
  /** Over the rounds. */
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** The most memory that the process had. */
  readonly peakBytes: number;
  /** Of one of ours: how many times as fast it is as each of PyTorch's sides in the same precision. */
  readonly ratios: Readonly<Record<string, number>>;
}

export interface MeasureOptions {
  readonly rounds: number;
  readonly steps: number;
  /** Told how many of the rounds, of all sides, are done. */
  readonly onProgress?: (done: number, total: number, side: string) => void;
  /** A side that cannot be measured, and why. */
  readonly onMissing?: (side: string, reason: string) => void;
}

interface Running {
  readonly side: Side;
  readonly worker: Worker;
  readonly figures: number[];
  peakBytes: number;
}

const middle = (sorted: readonly number[]) =>
  (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;

const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** What a round's seconds are in the row's unit. */
function figure({ unit, median }: Row, seconds: readonly number[], items: number): number {
  const each = median
    ? middle(ascending(seconds))
    : seconds.reduce((sum, second) => sum + second, 0) / seconds.length;
  return unit === "pictures/s" ? items / each : unit === "ms" ? 1000 * each : each;
}

/** As many as there are cores, each at work until it is killed. */
function busyProcesses(): ChildProcess[] {
  return Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ["--eval", "for (;;);"], { stdio: "ignore" }),
  );
}

/** A side that does not start, or fails later, is left out. */
export async function measureRow(
  name: string,
  row: Row,
  sides: readonly Side[],
  settings: Settings,
  { rounds, steps, onProgress, onMissing }: MeasureOptions,
): Promise<Measurement[]> {
  const total = sides.length * ((row.warm ? 1 : 0) + rounds);
  let done = 0;
  const running = new Set<Running>();
  const leaveOut = (side: Side, error: unknown) => onMissing?.(side.name, (error as Error).message);
  const closing: Worker[] = [];
  const others = row.busy ? busyProcesses() : [];
  try {
    for (const side of sides) {
      onProgress?.(done, total, side.name);
      try {
        const worker = await Worker.start(side.start(name, settings));
        closing.push(worker);
        // The first steps get their memory from the system, which takes seconds.
        if (row.warm) await worker.run(2);
        running.add({ side, worker, figures: [], peakBytes: 0 });
      } catch (error) {
        leaveOut(side, error);
      }
      done++;
    }
    for (let round = 0; round < rounds; round++) {
      for (const one of running) {
        onProgress?.(done++, total, one.side.name);
        try {
          const { seconds, peakBytes } = await one.worker.run(steps);
          one.figures.push(figure(row, seconds, one.worker.items));
          one.peakBytes = peakBytes;
        } catch (error) {
          running.delete(one);
          leaveOut(one.side, error);
        }
      }
    }
  } finally {
    for (const other of others) other.kill();
    for (const worker of closing) await worker.close();
  }
  return compared(
    row,
    [...running].map(({ side, worker, figures, peakBytes }) => {
      const sorted = ascending(figures);
      const [least, most] = [sorted[0], sorted[sorted.length - 1]];
      const { unit } = row;
      const { versions } = worker;
      return { side, found: { row: name, unit, versions, median: middle(sorted), least, most, peakBytes } };
    }),
  );
}

type Found = { side: Side; found: Omit<Measurement, "side" | "ratios"> };

function compared({ unit }: Row, all: readonly Found[]): Measurement[] {
  return all.map(({ side, found }) => {
    const others = side.pytorch
      ? []
      : all.filter((other) => other.side.pytorch && other.side.precision === side.precision);
    const ratio = (other: number) => (unit === "pictures/s" ? found.median / other : other / found.median);
    const ratios = others.map((other) => [other.side.name, ratio(other.found.median)] as const);
    return { ...found, side: side.name, ratios: Object.fromEntries(ratios) };
  });
}
