// Two engines that share a network: ONNX Runtime runs files as they are, the other one all that is known here.
import { hasForeign } from "../graph/foreign/node.js";
import type { Engine } from "./engine.js";

/** Why it is ONNX Runtime, for people. */
export const AS_IT_IS = "ONNX Runtime runs the frozen network as its file has it.";

/** An engine that gives every graph with a foreign model in it to `runtime`, and all others to `own`. */
export function shared(own: Engine, runtime: Engine): Engine {
  return {
    ...own,
    description: `${own.description}; what is frozen on ${runtime.description}`,
    note: [own.note, AS_IT_IS].filter(Boolean).join(" "),
    compile: (graph) => (hasForeign(graph) ? runtime : own).compile(graph),
  };
}
