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

const numeric = [
  "port",
  "batch",
  "wait",
  "queue",
  "maxBody",
  "maxQueue",
  "maxPixels",
  "timeout",
  "maxConnections",
  "maxConnectionsPerAddress",
  "threads",
];

export function addServe(program: Command): void {
  const command = addCommand(
    program,
    "serve <BUNDLE>",
    "Serve the model in the folder BUNDLE over HTTP, with a page to try it on.",
    "serve run/bundle --port 8080",
  )
    .option("--port <N>", "port; 0 takes a free one (default: 8080)")
    .option("--host <NAME>", "0.0.0.0 for all (default: 127.0.0.1)")
    .option("--token <TEXT>", "bearer token that clients must send (or set MULTIHOT_TOKEN)")
    .option("--batch <N>", "most images in a batch (default: 16)")
    .option("--wait <MS>", "time to wait for a batch to fill (default: 5)")
    .option("--queue <N>", "most images waiting for answers (default: 128)")
    .option("--max-body <MB>", "largest body of a request (default: 32)")
    .option("--max-queue <MB>", "most bodies, and most unread answers, at once (default: 256)")
    .option("--max-pixels <MILLIONS>", "largest image (default: 50)")
    .option("--timeout <SECONDS>", "longest time for a request, and for reading its answer (default: 30)")
    .option("--max-connections <N>", "most connections at once (default: 1024)")
    .option("--max-connections-per-address <N>", "most from one address (default: 256)");
  addEngineOptions(command).action(runServe);
}

async function runServe(dir: string, typed: Typed): Promise<void> {
  const token = typed.token ?? process.env.MULTIHOT_TOKEN;
  const options = checked("serve", { ...typed, token }, numeric, (values) => {
    checkServeOptions(values);
    return values;
  });
  const progress = new Progress();
  // Before the model is loaded: as process 1 of a container, a program without a handler ignores the request to stop.
  const { signal, release } = interruptible(() =>
    progress.warn("Answering what was accepted. Ctrl-C once more stops at once."),
  );
  progress.begin("Loading the model");
  // Loaded only now: the other commands start without it.
  const { serve } = await import("../server/serve.js");
  const service = await serve(dir, options, {
    onFault: (error) => progress.warn(failure(error).message),
  }).finally(() => progress.end());
  const { labels, bundle } = service.predictor;
  progress.line(`${bundle.manifest.backbone} with ${count(labels.length, "label")}: ${pc.bold(service.url)}`);
  if (!token && !/^(localhost|127\.|::1$)/.test(String(options.host ?? "localhost"))) {
    progress.warn(
      pc.yellow("Everyone who can reach this machine can use the service. Set --token to ask for a token."),
    );
  }
  if (!signal.aborted) await once(signal, "abort");
  await service.stop();
  release();
}
