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
  "maxPerAddress",
  "threads",
];

export function addServe(program: Command): void {
  const command = addCommand(
    program,
    "serve <BUNDLE>",
    "Serve the model in the folder BUNDLE over HTTP, with a page to try it in a browser.",
    "serve run/bundle --port 8080",
  )
    .option("--port <N>", "port; 0 takes a free one (default: 8080)")
    .option("--host <NAME>", "address; 0.0.0.0: all (default: 127.0.0.1)")
    .option("--token <TEXT>", "token that clients must send (or MULTIHOT_TOKEN)")
    .option("--batch <N>", "maximum images per batch (default: 16)")
    .option("--wait <MS>", "time to wait for a batch to fill (default: 5)")
    .option("--queue <N>", "maximum images waiting (default: 128)")
    .option("--max-body <MB>", "maximum request body (default: 32)")
    .option("--max-queue <MB>", "maximum of bodies or unread answers (default: 256)")
    .option("--max-pixels <MILLIONS>", "maximum image size (default: 50)")
    .option("--timeout <SECONDS>", "time limit of a request and answer (default: 30)")
    .option("--max-connections <N>", "maximum connections (default: 1024)")
    .option("--max-per-address <N>", "maximum connections from one address (default: 256)");
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
    progress.warn("Finishing accepted requests. Press Ctrl-C again to stop at once."),
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
      pc.yellow("Anyone who can reach this machine can use the service. Set --token to require a token."),
    );
  }
  if (!signal.aborted) await once(signal, "abort");
  await service.stop();
  release();
}
