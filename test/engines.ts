// The engines that every suite runs on.
import type { Engine } from "../src/engines/engine.js";
import { ortEngine } from "../src/engines/ort/engine.js";
import { referenceEngine } from "./reference/engine.js";

/** `exact`: it computes in float64. */
export const engines: readonly { name: string; engine: Engine; exact: boolean }[] = [
  { name: "reference", engine: referenceEngine(), exact: true },
  { name: "ort", engine: ortEngine({ threads: 2 }), exact: false },
];
