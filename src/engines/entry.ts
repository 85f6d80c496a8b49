// EngineEntry: what the registry holds of an engine.
import type { Graph, Node } from "../graph/graph.js";
import type { Engine, EngineOptions } from "./engine.js";

/** What is found out about an engine on this machine. */
export type Probe =
  | {
      readonly works: true;
      /** The engine and its versions. */
      readonly description: string;
      /** The file of its library, where that is not part of a package. */
      readonly library?: string;
      /** Other files of that library on this machine. */
      readonly others?: readonly string[];
      /** How many times faster than float32 it computes in bf16; none where it does not compute that, or wrongly. */
      readonly bf16Gain?: number;
      /** Whether a processor stands in for the device that it computes on: `auto` does not take it. */
      readonly software?: boolean;
    }
  | {
      readonly works: false;
      /** Part of a sentence. */
      readonly reason: string;
      /** The command that installs what it lacks. */
      readonly install?: string;
    };

export interface EngineEntry<Name extends string = string> {
  /** As options name it. */
  readonly name: Name;
  /** As people call it; descriptions of the engine begin with it. */
  readonly title: string;
  /** Whether it wants a device that many machines lack: where it is missing, `auto` does not mention it. */
  readonly special?: boolean;
  /** Tries a training step on it, and compares the result; what it finds is kept for later processes. */
  probe(): Promise<Probe>;
  /** @throws UserError where it does not work here, or not with these options */
  open(options: EngineOptions): Promise<Engine>;
  /** The first node that it cannot run, where it can tell without compiling. */
  lacks?(graph: Graph): Node | undefined;
}
