// The thread of a pool: does the jobs that it is sent, one after the other.
import { parentPort } from "node:worker_threads";

/**
 * Answers each message with what `work` makes of it, in order, and ends when it gets null, as `Pool` wants it of a
 * script. A picture [size, size, 3] among the answer is given away, not copied.
 */
export function serveJobs<Message, Answer extends object>(work: (message: Message) => Promise<Answer>): void {
  const port = parentPort;
  if (port === null) throw new Error("The script of a pool runs in a worker thread only.");
  let previous: Promise<void> = Promise.resolve();
  port.on("message", (message: Message | null) => {
    previous = previous.then(async () => {
      if (message === null) return port.close();
      const answer = await work(message);
      const image = "image" in answer ? (answer.image as Uint8Array) : undefined;
      port.postMessage(answer, image ? [image.buffer as ArrayBuffer] : []);
    });
  });
}
