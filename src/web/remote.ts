// Remote: the worker, seen from the page: requests that are answered by promises.
import { UserError } from "../base/errors.js";
import type { Answer, Request } from "./messages.js";
import type { LoadProgress } from "./options.js";

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
  readonly onProgress?: (progress: LoadProgress) => void;
}

export class Remote {
  private readonly waiting = new Map<number, Waiting>();
  private requests = 0;
  private ended?: { readonly reason: unknown };

  constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.receive(data);
    worker.onerror = (event) => {
      const said = event.message ? ` (${event.message})` : "";
      this.end(new UserError(`The worker of multihot/web failed or could not be started${said}.`));
    };
  }

  ask(
    request: Omit<Request, "id">,
    { transfer = [], onProgress }: { transfer?: Transferable[]; onProgress?: Waiting["onProgress"] } = {},
  ): Promise<Answer> {
    if (this.ended) return Promise.reject(this.ended.reason);
    const id = this.requests++;
    return new Promise((resolve, reject) => {
      this.worker.postMessage({ ...request, id }, transfer);
      this.waiting.set(id, { resolve, reject, onProgress });
    });
  }

  /** Ends the worker; what is under way and what is asked later is rejected with the reason. */
  end(reason: unknown): void {
    this.ended ??= { reason };
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(reason);
    this.waiting.clear();
  }

  private receive(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    if (answer.progress) {
      waiting?.onProgress?.(answer.progress);
      return;
    }
    this.waiting.delete(answer.id);
    if (!answer.failed) waiting?.resolve(answer);
    else {
      const { message, user } = answer.failed;
      waiting?.reject(user ? new UserError(message) : new Error(message));
    }
  }
}
