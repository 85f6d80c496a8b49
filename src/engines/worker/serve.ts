// serve: does what is asked of a worker's session, one request after the other.
import { parentPort, type Transferable } from "node:worker_threads";
import { UserError } from "../../base/errors.js";
import { Queue } from "../../base/queue.js";
import { Graph } from "../../graph/graph.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Program, Session } from "../engine.js";
import type { Answer, Numbered, Request, Result } from "./messages.js";

/** The memory of tensors that the worker has done with. */
function memoryOf(tensors: Iterable<Tensor>): Transferable[] {
  return [...new Set([...tensors].map(({ data }) => data.buffer as ArrayBuffer))];
}

class Served {
  private readonly programs = new Map<number, Program>();
  private compiled = 0;

  constructor(private readonly session: Session) {}

  async answer(request: Request): Promise<Result> {
    const { session, programs } = this;
    if (request.kind === "run") {
      const program = programs.get(request.program);
      if (!program) throw new Error("The program is closed.");
      return program.run(request.inputs, { fetch: request.fetch });
    }
    if (request.kind === "compile") {
      programs.set(++this.compiled, await session.compile(Object.assign(new Graph(), request.graph)));
      return this.compiled;
    }
    if (request.kind === "read") return session.read(request.names);
    if (request.kind === "write") await session.write(request.values);
    else if (request.program === undefined) await session.close();
    else {
      await programs.get(request.program)?.close();
      programs.delete(request.program);
    }
    return undefined;
  }
}

/** Says that the worker is ready, then answers. What the session returns is given away, memory and all. */
export function serve(session: Session): void {
  const port = parentPort;
  if (!port) throw new Error("This module runs in a worker thread.");
  const served = new Served(session);
  const queue = new Queue();
  port.on("message", ({ id, request }: Numbered) => {
    queue.add(async () => {
      try {
        const result = await served.answer(request);
        const tensors =
          result instanceof Map ? result.values() : typeof result === "object" ? Object.values(result) : [];
        port.postMessage({ id, result } satisfies Answer, memoryOf(tensors));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        port.postMessage({ id, error: message, isUsers: error instanceof UserError } satisfies Answer);
      }
      if (request.kind === "close" && request.program === undefined) port.close();
    });
  });
  port.postMessage({ id: 0, result: undefined } satisfies Answer);
}
