// Survey: which engines this machine has, and how it would get the others.
import { type EngineName, entries } from "./registry.js";

export interface EngineState {
  readonly name: Exclude<EngineName, "auto">;
  /** As people call it. */
  readonly title: string;
  readonly works: boolean;
  /** The engine and its versions; or why it does not work. */
  readonly description: string;
  /** The command that installs what it lacks. */
  readonly install?: string;
  /** The file of its library, where that is not part of a package. */
  readonly library?: string;
  /** Other files of that library on this machine. */
  readonly others?: readonly string[];
  /** How many times faster than float32 it computes in bf16; none where it does not compute that, or wrongly. */
  readonly bf16Gain?: number;
  /** Whether a processor stands in for the device that it computes on. */
  readonly software?: boolean;
}

/** The engines, those that work first. Tries one that is new here, which takes seconds. */
export async function surveyEngines(): Promise<EngineState[]> {
  const states: EngineState[] = [];
  for (const { name, title, probe } of entries) {
    const found = await probe();
    if (found.works) states.push({ name, title, ...found });
    else states.push({ name, title, works: false, description: found.reason, install: found.install });
  }
  return states.sort((a, b) => Number(b.works) - Number(a.works));
}
