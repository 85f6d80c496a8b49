// Open: finds oneDNN on this machine, tries it, and says in a sentence what is wrong where it can't be used.
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { installCommand } from "../../base/install-command.js";
import { identityOf, recall, remember } from "./check/remember.js";
import type { Outcome } from "./check/trial.js";
import type { Library } from "./engine.js";
import { LIBRARY_VARIABLE, onednnCandidates } from "./library/find.js";
import { onednnPackages } from "./library/install.js";

/** What the trial's step may differ by: float32 rounds to 6e-8, bfloat16 to 4e-3. */
const TOLERANCE = { fp32: 1e-5, bf16: 1e-2 };
const PATIENCE = 120_000;

/** A library that computes what it should, or why there is none. */
export type Found = { readonly library: Library } | { readonly reason: string };

function sentence(child: ChildProcess, said: string, signal: NodeJS.Signals | null): string {
  if (signal !== null && child.killed) return "it did not finish within two minutes";
  if (signal !== null) return `it crashed (${signal})`;
  const error = said.match(/^(?:Uncaught )?(?:\w*Error): (.*)$/m)?.[1] ?? "it gave no answer";
  return error.replace(/\.$/, "");
}

/** Runs the trial in a process of its own: a wrong library crashes the one that calls it. */
function tried(path: string): Promise<Outcome | string> {
  const child = fork(fileURLToPath(new URL("./check/trial.js", import.meta.url)), [path], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    timeout: PATIENCE,
    // A program given by --eval would run again instead of the trial.
    execArgv: [],
  });
  let outcome: Outcome | undefined;
  let said = "";
  child.stderr?.on("data", (text) => {
    said += text;
  });
  child.on("message", (message) => {
    outcome = message as Outcome;
  });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (_, signal) => resolve(outcome ?? sentence(child, said, signal)));
  });
}

async function look(): Promise<Found> {
  if (!isInstalled("koffi"))
    return { reason: "the package koffi, through which oneDNN is called, is not installed" };
  const candidates = onednnCandidates();
  if (candidates.length === 0) {
    return {
      reason: `its library libdnnl was not found (${installCommand(onednnPackages)}, or set ${LIBRARY_VARIABLE} to its file)`,
    };
  }
  const reasons: string[] = [];
  for (const path of candidates) {
    if (!existsSync(path)) {
      reasons.push(`${path} does not exist`);
      continue;
    }
    const identity = identityOf(path);
    const outcome = recall(identity) ?? (await tried(path));
    if (typeof outcome === "string") reasons.push(`${path}: ${outcome}`);
    else {
      const { version, distance, bf16 } = outcome;
      if (distance <= TOLERANCE.fp32) {
        remember(identity, outcome);
        const bf16Gain = bf16 && bf16.distance <= TOLERANCE.bf16 ? bf16.gain : undefined;
        return { library: { path, version, bf16Gain } };
      }
      reasons.push(`${path} computes wrongly here (a training step is ${distance} off)`);
    }
  }
  return { reason: reasons.join("; ") };
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

let found: Promise<Found> | undefined;

/** Looks once a process. */
export function findOnednn(): Promise<Found> {
  found ??= look();
  return found;
}
