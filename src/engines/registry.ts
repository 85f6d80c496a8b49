// The registry: every engine that there is. Options, help, doctor, the survey and the benchmark read it; another engine
// is a folder of its own and a line here.
import type { EngineEntry } from "./entry.js";
import { onednn } from "./onednn/entry.js";
import { ort } from "./ort/entry.js";
import { webgpu } from "./webgpu/entry.js";

/** The one that is usually faster comes first. */
export const entries = [onednn, ort, webgpu] as const satisfies readonly EngineEntry[];

/** An engine, or `auto`: the one that is measured to be fastest here. */
export type EngineName = "auto" | (typeof entries)[number]["name"];

export const engineNames: readonly EngineName[] = ["auto", ...entries.map(({ name }) => name)];

/** The engine that is described so, as a run's settings have it. */
export function engineDescribed(description: string): EngineName | undefined {
  return entries.find(({ title }) => description.startsWith(title))?.name;
}
