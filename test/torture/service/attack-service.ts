// attackService: how well a service serves good clients while others attack it, and what it takes over many requests.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { plain } from "../../support/colours.js";
import { colourBundle } from "../../support/service.js";
import { attacks } from "./attacks.js";
import { type Served, send, sendSteadily } from "./good-clients.js";
import type { Health } from "./host.js";
import { stopUnderLoad } from "./stop-under-load.js";

/** A row of the torture table. */
export interface ServiceRow {
  readonly what: string;
  /** Good requests sent during the attack. */
  readonly tried: number;
  /** Those that were answered well. */
  readonly survived: number;
  /** Of a good request. */
  readonly worstSeconds?: number;
  /** Of the service's process, above what it took before. */
  readonly worstMegabytes?: number;
  /** The rate of good answers during the attack, divided by that just before it. */
  readonly share?: number;
  /** What `share` has to be at least. */
  readonly leastShare?: number;
  /** The longest time in which the service's event loop did not turn, in ms, during the attack and just before it. */
  readonly blocked?: readonly [during: number, before: number];
  readonly notes: readonly string[];
}

export interface AttackOptions {
  /** How long all attacks take together, at least; each takes 2 s at least, and as long before it to compare with. */
  readonly seconds: number;
  /** Only attacks whose name contains this. */
  readonly only?: string;
  /** Small requests to look at the memory for. Default: 100 a second of `seconds`, at least 2,000. */
  readonly requests?: number;
}

/** Good requests a second: well within what the service can answer, so that what it loses is due to the attack. */
const PER_SECOND = 20;
/** Milliseconds for which the service is left alone after an attack. */
const CLEARING = 2000;
/** The least share of good answers. */
const LEAST_SHARE = 0.9;

export async function attackService({ seconds, only = "", requests }: AttackOptions): Promise<ServiceRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "multihot-torture-service-"));
  try {
    const bundle = await colourBundle(folder);
    const image = await plain([200, 40, 90]);
    const host = await Host.start(bundle);
    const names = Object.keys(attacks).filter((name) => name.includes(only));
    const rows: ServiceRow[] = [];
    try {
      await sendSteadily(host.url, image, { perSecond: PER_SECOND, seconds: 2 });
      const each = Math.max(2, seconds / (2 * (names.length + 2)));
      for (const name of names) rows.push(await underAttack(host, image, name, each));
      const many = requests ?? Math.max(2000, 100 * seconds);
      if ("many requests".includes(only)) rows.push(await overManyRequests(host, image, many));
    } finally {
      await host.end();
    }
    if ("SIGTERM under load".includes(only)) rows.push(await stopUnderLoad(bundle, image));
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function underAttack(host: Host, image: Buffer, name: string, seconds: number): Promise<ServiceRow> {
  await host.measure();
  const before = await sendSteadily(host.url, image, { perSecond: PER_SECOND, seconds });
  const calm = await host.measure();
  const attacker = fork(fileURLToPath(new URL("./attacker.js", import.meta.url)), [
    name,
    new URL(host.url).port,
  ]);
  await delay(500);
  const during = await sendSteadily(host.url, image, { perSecond: PER_SECOND, seconds });
  const attacked = await host.measure();
  const ended = once(attacker, "message");
  attacker.send("end");
  const [made] = await ended;
  // The next comparison must not include what this attack leaves to clear away.
  await delay(CLEARING);
  const share = rate(during) / rate(before);
  const notes = [
    `${made} connections; ${(100 * share).toFixed(0)} % of the good answers of the same time without it; ` +
      `event loop blocked for ${attacked.blocked.toFixed(0)} ms at most, ${calm.blocked.toFixed(0)} without it; ` +
      `${attacked.processor.toFixed(0)} ms of processor, ${calm.processor.toFixed(0)} without it`,
    ...[...during.failures].map(([failure, count]) => `${count} times ${failure}`),
    ...[...before.failures].map(([failure, count]) => `before the attack: ${count} times ${failure}`),
    ...attacked.faults,
  ];
  if (share < LEAST_SHARE) notes.push(`FAILED: less than ${100 * LEAST_SHARE} % were served`);
  return {
    what: `service: ${name}`,
    tried: during.sent,
    survived: during.answered,
    worstSeconds: during.slowest,
    worstMegabytes: Math.max(0, attacked.megabytes - calm.megabytes),
    share,
    leastShare: LEAST_SHARE,
    blocked: [attacked.blocked, calm.blocked],
    notes,
  };
}

function rate({ answered, sent }: Served): number {
  return answered / sent;
}

/** Small requests of 32 clients; memory is looked at ten times. */
async function overManyRequests(host: Host, image: Buffer, total: number): Promise<ServiceRow> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  let sent = 0;
  let answered = 0;
  let worst = 0;
  const megabytes: number[] = [];
  await host.measure();
  for (let part = 1; part <= 10; part++) {
    const client = async () => {
      while (sent < (part * total) / 10) {
        const start = performance.now();
        if ((await send(agent, host.url, sent++ % 4 === 0 ? image : undefined, 30_000)) === undefined)
          answered++;
        worst = Math.max(worst, (performance.now() - start) / 1000);
      }
    };
    await Promise.all(Array.from({ length: 32 }, client));
    megabytes.push((await host.measure()).megabytes);
  }
  agent.destroy();
  await delay(500);
  const { connections } = await host.measure();
  const growth = megabytes[9] - megabytes[4];
  return {
    what: "service: many requests",
    tried: sent,
    survived: answered,
    worstSeconds: worst,
    worstMegabytes: Math.max(0, growth),
    notes: [
      `memory after each tenth: ${megabytes.map((n) => n.toFixed(0)).join(", ")} MB; ` +
        `${connections} connections open at the end`,
    ],
  };
}

/** The service's process. */
class Host {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(bundle: string): Promise<Host> {
    const child = fork(fileURLToPath(new URL("./host.js", import.meta.url)), [bundle]);
    const [url] = await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => {
        throw new Error("The service has not started.");
      }),
    ]);
    return new Host(child, url);
  }

  async measure(): Promise<Health> {
    const answer = once(this.child, "message");
    this.child.send("measure");
    return (await answer)[0];
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
  }
}
