// oneDNN, watched: every step of its plan.
import { engineOf, type Precision } from "../../src/engines/engine.js";
import { findOnednn } from "../../src/engines/onednn/open.js";
import type { Step } from "../../src/engines/onednn/plan/planner.js";
import type { Place } from "../../src/engines/onednn/plan/stores.js";
import { OnednnSession } from "../../src/engines/onednn/session.js";
import { median, type Watched } from "./watched.js";

const layout = ({ layout: { element, dims, blocks, strides } }: Place) =>
  `${element}[${dims}]${blocks.length ? `b${blocks.map(({ size: s }) => s).join("x")}` : strides[1] === 1 ? "nhwc" : ""}`;

function detailsOf(step: Step): string {
  const how = step.kind === "primitive" ? step.primitive.implementation : "JavaScript";
  const places = step.kind === "primitive" ? step.args.map(([, place]) => place) : step.places;
  return `${step.of} ${how} ${places.map(layout).join(" ")}`;
}

export async function watchOnednn({
  threads,
  precision,
}: {
  threads: number;
  precision: Precision;
}): Promise<Watched> {
  const found = await findOnednn();
  if ("reason" in found) throw new Error(found.reason);
  const { library } = found;
  const times = new Map<Step, number[]>();
  const watch = (step: Step, milliseconds: number) => {
    times.set(step, [...(times.get(step) ?? []), milliseconds]);
  };
  return {
    engine: engineOf({
      name: "onednn",
      description: `oneDNN ${library.version}, ${precision}`,
      precision,
      open: async () => new OnednnSession({ library: library.path, threads, precision }, watch),
    }),
    nodes: (without) =>
      [...times].map(([step, values]) => ({
        milliseconds: median(values.slice(without)),
        group: `${step.of || "state"} ${step.kind === "host" ? "in JavaScript" : ""}`,
        details: detailsOf(step),
      })),
  };
}
