// Choose: what --engine auto is on this machine, for a network.
import { UserError } from "../../base/errors.js";
import type { Graph } from "../../graph/graph.js";
import type { Engine, EngineOptions } from "../engine.js";
import type { EngineEntry } from "../entry.js";
import { entries } from "../registry.js";
import { speedsOf } from "./measure.js";

/** How many times as fast another has to be as the one that usually is the faster: measurements vary by as much. */
const CLEARLY = 1.1;

/** Why an engine cannot run the graph here; undefined where it can. */
async function obstacle({ title, probe, lacks }: EngineEntry, graph: Graph | undefined) {
  const found = await probe();
  if (found.works && found.software) return `${title} has no hardware here`;
  if (!found.works) return `${title} cannot be used: ${found.reason}`;
  const unknown = graph && lacks?.(graph);
  return unknown && `the ${title} engine cannot run ${unknown.op}, the operator of node "${unknown.name}"`;
}

/**
 * Where several engines work, the one that runs `graph` faster; it is measured once for each machine and structure.
 * @param graph what will be run most; without one the engine that is usually faster is taken
 * @throws UserError where none works
 */
export async function chooseEngine(options: EngineOptions, graph: Graph | undefined): Promise<Engine> {
  const able: EngineEntry[] = [];
  const obstacles: string[] = [];
  for (const entry of entries) {
    const why = await obstacle(entry, graph);
    if (why === undefined) able.push(entry);
    else if (!entry.special) obstacles.push(why);
  }
  if (able.length === 0)
    throw new UserError(`No engine can be used here: ${obstacles.join(", and ")}. See multihot doctor.`);
  // One that does not have the precision that is asked for is none to choose from.
  const opened = await Promise.allSettled(able.map((entry) => entry.open(options)));
  const engines = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const [first] = engines;
  if (!first) throw (opened[0] as PromiseRejectedResult).reason;
  const why =
    obstacles.length > 0 ? `${titleOf(first)} computes, since ${obstacles.join(", and ")}.` : undefined;
  if (engines.length === 1 || !graph) return { ...first, note: joined(why, first.note) };
  const speeds = await speedsOf(engines, graph);
  const best = fastestOf(speeds);
  const engine = engines[best];
  const figures = engines.map((one, i) => ({ title: titleOf(one), speed: speeds[i] }));
  return { ...engine, note: joined(reason(figures, best), engine.note) };
}

const titleOf = ({ name }: Engine) => entries.find((entry) => entry.name === name)?.title ?? name;

const joined = (...notes: (string | undefined)[]) => notes.filter(Boolean).join(" ") || undefined;

function fastestOf(speeds: readonly (number | undefined)[]): number {
  let best = speeds.findIndex((speed) => speed !== undefined);
  if (best < 0) return 0;
  for (const [i, speed] of speeds.entries()) {
    if (speed !== undefined && speed > CLEARLY * (speeds[best] ?? 0)) best = i;
  }
  return best;
}

const rounded = (speed: number) => (speed < 10 ? speed.toPrecision(2) : String(Math.round(speed)));

function reason(figures: readonly { title: string; speed: number | undefined }[], best: number): string {
  const others = figures.filter((_, i) => i !== best);
  const told = ({ title, speed }: (typeof figures)[number]) =>
    speed === undefined ? `${title} cannot run it` : `${title} ${rounded(speed)}`;
  const { title, speed = 0 } = figures[best];
  return `${title} computes: ${rounded(speed)} images/s in a short trial of this network here, ${others.map(told).join(", ")}.`;
}
