// oneDNN's entry in the registry.
import { UserError } from "../../base/errors.js";
import { installCommand } from "../../base/install-command.js";
import type { EngineEntry } from "../entry.js";
import { onednnEngine } from "./engine.js";
import { onednnCandidates } from "./library/find.js";
import { onednnPackages } from "./library/install.js";
import { findOnednn } from "./open.js";
import { firstUnknown } from "./operators.js";

export const onednn: EngineEntry<"onednn"> = {
  name: "onednn",
  title: "oneDNN",
  async probe() {
    const found = await findOnednn();
    if ("reason" in found) {
      return { works: false, reason: found.reason, install: installCommand(onednnPackages) };
    }
    const { path, bf16Gain } = found.library;
    const { description } = onednnEngine(found.library);
    const others = onednnCandidates().filter((other) => other !== path);
    return { works: true, description, library: path, others, bf16Gain };
  },
  async open(options) {
    const found = await findOnednn();
    if ("library" in found) return onednnEngine(found.library, options);
    throw new UserError(
      `The engine oneDNN cannot be used: ${found.reason}. ONNX Runtime works everywhere: use --engine ort (or auto).`,
    );
  },
  lacks: firstUnknown,
};
