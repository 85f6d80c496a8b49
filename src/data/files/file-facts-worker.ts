// The thread that asks the system about files.
import { parentPort } from "node:worker_threads";
import { answerTo, type FileJob } from "./file-facts.js";

const port = parentPort;
if (port === null) throw new Error("file-facts-worker.js runs in a worker thread only.");

port.on("message", (job: FileJob | null) => {
  if (job === null) port.close();
  else port.postMessage(answerTo(job));
});
