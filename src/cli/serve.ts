// multihot serve: a bundle as an HTTP service with a page.

import { once } from "node:events";
import type { Command } from "commander";
import pc from "picocolors";
import { count } from "../base/count.js";
import { checkServeOptions } from "../server/options.js";
import { failure } from "./failure.js";
import { interruptible } from "./interrupt.js";
import { Progress } from "./progress.js";
import { addCommand } from "./usage.js";
import { addEngineOptions, checked, type Typed } from "./values.js";

const numeric = ["port", "batch", "wait", "queue", "maxBody", "maxQueue", "maxPixels", "timeout", "threads"];

export function addServe(program: Command): void {
  const command = addCommand(
    program,
    "serve <BUNDLE>",
    "Answer over HTTP with the model in the folder BUNDLE, and show a page to try it on.",
    "serve run/bundle --port 8080",
  )
    .option("--port <N>", "port; 0 takes a free one (default: 8080)")
    .option("--host <NAME>", "address; 0.0.0.0 for all (default: 127.0.0.1)")
    .option("--token <TEXT>", "bearer token to ask for (or set MULTIHOT_TOKEN)")
    .option("--batch <N>", "most pictures in a batch (default: 16)")
    .option("--wait <MS>", "time to wait for a batch to fill (default: 5)")
    .option("--queue <N>", "most pictures waiting for answers (default: 128)")
    .option("--max-body <MB>", "largest body of a request (default: 32)")
    .option("--max-queue <MB>", "most of bodies waiting for answers (default: 256)")
    .option("--max-pixels <MILLIONS>", "largest picture (default: 50)")
    .option("--timeout <SECONDS>", "longest time for a request (default: 30)");
  addEngineOptions(command).action(runServe);
}

async function runServe(dir: string, typed: Typed): Promise<void> {
  const token = typed.token ?? process.env.MULTIHOT_TOKEN;
  const options = checked("serve", { ...typed, token }, numeric, (values) => {
    checkServeOptions(values);
    return values;
  });
  const progress = new Progress();
  progress.begin("Loading the model");
  // Loaded only now: the other commands start without it.
  const { serve } = await import("../server/serve.js");
  const service = await serve(dir, options, {
    onFault: (error) => progress.warn(failure(error).message),
  }).finally(() => progress.end());
  const { labels, bundle } = service.predictor;
  const { signal, release } = interruptible(() =>
    progress.warn("Answering what was accepted. Ctrl-C once more stops at once."),
  );
  progress.line(`${bundle.manifest.backbone} with ${count(labels.length, "label")}: ${pc.bold(service.url)}`);
  if (!token && !/^(localhost|127\.|::1$)/.test(String(options.host ?? "localhost"))) {
    progress.warn(
      pc.yellow("Whoever reaches this machine can use the service; --token would ask who it is."),
    );
  }
  if (!signal.aborted) await once(signal, "abort");
  await service.stop();
  release();
}
