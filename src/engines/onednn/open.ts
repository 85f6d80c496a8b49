// Open: finds oneDNN on this machine, tries it, and says in a sentence what is wrong where it can't be used.
import { existsSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { installCommand } from "../../base/install-command.js";
import { inChild } from "../trial/child.js";
import { machine, recall, remember } from "../trial/remember.js";
import { FLOAT32_TOLERANCE } from "../trial/step.js";
import type { Library } from "./engine.js";
import { LIBRARY_VARIABLE, onednnCandidates } from "./library/find.js";
import { onednnPackages } from "./library/install.js";
import type { Outcome } from "./trial.js";

/** What bfloat16 may make the trial's step differ by: it rounds to 4e-3. */
const BF16_TOLERANCE = 1e-2;
/** Where outcomes are kept; another number when the trial, or what the engine does with the library, changes. */
const FILE = "onednn-4.json";

/** A library that computes what it should, or why there is none. */
export type Found = { readonly library: Library } | { readonly reason: string };

/** The library's file as it is now, on this machine. */
function identityOf(library: string): string {
  const path = realpathSync(library);
  const { size, mtimeMs } = statSync(path);
  return [path, size, Math.round(mtimeMs), machine()].join(" ");
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
    const outcome =
      recall<Outcome>(FILE, identity) ??
      (await inChild<Outcome>(new URL("./trial.js", import.meta.url), [path]));
    if (typeof outcome === "string") reasons.push(`${path}: ${outcome}`);
    else {
      const { version, distance, bf16 } = outcome;
      if (distance <= FLOAT32_TOLERANCE) {
        remember(FILE, identity, outcome);
        const bf16Gain = bf16 && bf16.distance <= BF16_TOLERANCE ? bf16.gain : undefined;
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
