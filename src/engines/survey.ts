// Survey: which engines this machine has, and how it would get the others.
import { installCommand } from "../base/install-command.js";
import type { EngineName } from "./index.js";
import { onednnEngine } from "./onednn/engine.js";
import { onednnCandidates } from "./onednn/library/find.js";
import { onednnPackages } from "./onednn/library/install.js";
import { findOnednn } from "./onednn/open.js";
import { ortEngine } from "./ort/engine.js";

export interface EngineState {
  readonly name: Exclude<EngineName, "auto">;
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
}

/** The engines, the one that `auto` takes first. Tries a library that is new here, which takes seconds. */
export async function surveyEngines(): Promise<EngineState[]> {
  const ort: EngineState = { name: "ort", works: true, description: ortEngine().description };
  const found = await findOnednn();
  if ("reason" in found) {
    return [
      ort,
      { name: "onednn", works: false, description: found.reason, install: installCommand(onednnPackages) },
    ];
  }
  const { path, bf16Gain } = found.library;
  const { description } = onednnEngine(found.library);
  const others = onednnCandidates().filter((other) => other !== path);
  return [{ name: "onednn", works: true, description, library: path, others, bf16Gain }, ort];
}
