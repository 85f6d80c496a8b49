// SIGTERM while clients send as fast as they can: what was accepted is answered, and the exit code is 0.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ServiceRow } from "./attack-service.js";
import { send } from "./good-clients.js";

const CLIENTS = 32;
/** Milliseconds; the service's own limit is as long. */
const DEADLINE = 30_000;

export async function stopUnderLoad(bundle: string, image: Buffer): Promise<ServiceRow> {
  const main = fileURLToPath(new URL("../../../src/cli/main.js", import.meta.url));
  const args = [main, "serve", bundle, "--port", "0", "--engine", "ort", "--threads", "1"];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    // Its address is read from what it prints; colours would be a part of it.
    env: { ...process.env, NO_COLOR: "1" },
  });
  let url = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    url = /http:\/\/\S+/.exec(text)?.[0] ?? "";
    if (url) break;
  }
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  let sent = 0;
  let answered = 0;
  let worst = 0;
  const lost = new Map<string, number>();
  let running = true;
  child.on("exit", () => {
    running = false;
  });
  const client = async () => {
    while (running) {
      const start = performance.now();
      const failure = await send(agent, url, image, DEADLINE);
      // Who comes after the end finds nobody.
      if (failure === "ECONNREFUSED") return;
      sent++;
      worst = Math.max(worst, (performance.now() - start) / 1000);
      if (failure === undefined) answered++;
      else lost.set(failure, (lost.get(failure) ?? 0) + 1);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  while (running && answered < 10 * CLIENTS) await delay(10);
  const exited = once(child, "exit");
  const start = performance.now();
  child.kill("SIGTERM");
  const [code] = await exited;
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(clients);
  agent.destroy();
  return {
    what: "service: SIGTERM under load",
    tried: sent,
    survived: answered,
    worstSeconds: worst,
    notes: [
      `exit code ${code} after ${seconds.toFixed(1)} s`,
      ...(code === 0 ? [] : ["FAILED: the exit code is not 0"]),
      ...[...lost].map(([failure, count]) => `${count} times ${failure}`),
    ],
  };
}
