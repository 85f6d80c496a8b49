// The engines that every suite runs on.
import type { Engine } from "../src/engines/engine.js";
import { onednnEngine } from "../src/engines/onednn/engine.js";
import { findOnednn } from "../src/engines/onednn/open.js";
import { ortEngine } from "../src/engines/ort/engine.js";
import { referenceEngine } from "./reference/engine.js";

const onednn = await findOnednn();
if ("reason" in onednn) console.log(`The suites skip the oneDNN engine: ${onednn.reason}.`);

/** `exact`: it computes in float64. */
export const engines: readonly { name: string; engine: Engine; exact: boolean }[] = [
  { name: "reference", engine: referenceEngine(), exact: true },
  { name: "ort", engine: ortEngine({ threads: 2 }), exact: false },
  ...("library" in onednn
    ? [{ name: "onednn", engine: onednnEngine(onednn.library, { threads: 2 }), exact: false }]
    : []),
];
