// serve: answers what a program asks of its worker, one request after the other.
import { parentPort, type Transferable } from "node:worker_threads";
import type { Tensor } from "../../graph/tensor.js";
import type { Tensors } from "../engine.js";
import type { Answer, Numbered, Request, Result } from "./messages.js";

/** What a worker computes with; errors are told to the program that asked. */
export interface Computer {
  run(inputs: Tensors): Tensors | Promise<Tensors>;
  read(names: readonly string[] | undefined): Map<string, Tensor>;
  write(state: ReadonlyMap<string, Tensor>): void;
  close(): void | Promise<void>;
}

async function answer(computer: Computer, request: Request): Promise<Result> {
  if (request.kind === "run") return computer.run(request.inputs);
  if (request.kind === "read") return computer.read(request.names);
  if (request.kind === "write") computer.write(request.state);
  else await computer.close();
  return undefined;
}

/** The memory of tensors that the worker has done with. */
function memoryOf(tensors: Iterable<Tensor>): Transferable[] {
  return [...new Set([...tensors].map(({ data }) => data.buffer as ArrayBuffer))];
}

/**
 * Tells the program that the worker is ready, then answers.
 * @param ownsResults whether the computer gives away the memory of what it returns
 */
export function serve(computer: Computer, { ownsResults }: { ownsResults: boolean }): void {
  const port = parentPort;
  if (!port) throw new Error("This module runs in a worker thread.");
  let last: Promise<void> = Promise.resolve();
  port.on("message", ({ id, request }: Numbered) => {
    last = last.then(async () => {
      try {
        const result = await answer(computer, request);
        const tensors = result instanceof Map ? result.values() : Object.values(result ?? {});
        port.postMessage({ id, result } satisfies Answer, ownsResults ? memoryOf(tensors) : []);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        port.postMessage({ id, error: message } satisfies Answer);
      }
      if (request.kind === "close") port.close();
    });
  });
  port.postMessage({ id: 0, result: undefined } satisfies Answer);
}
