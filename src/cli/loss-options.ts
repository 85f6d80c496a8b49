// The options of train that concern the loss: flags, and what was typed as the library takes it.
import type { Command } from "commander";
import { flagOf } from "../base/flag.js";
import { ownOptions } from "../losses/index.js";
import type { Typed } from "./values.js";

/** Those that are numbers. */
export const numericLossOptions: readonly string[] = [
  ...ownOptions.map(({ name }) => name),
  "labelSmoothing",
];

/** Adds the flags; each loss describes its own. */
export function addLossOptions(command: Command): Command {
  command.option("--loss <NAME>", "bce (default), soft-margin, focal or asymmetric");
  for (const { name, losses, help, usual } of ownOptions) {
    const value = usual ? ` (${usual.value})` : "";
    command.option(`${flagOf(name)} <N>`, `${losses.join(", ")}: ${help}${value}`);
  }
  return command
    .option("--label-smoothing <PART>", "move targets towards 0.5, from 0 to below 1")
    .option("--positive-weights <LIST>", "balanced, cat=3,dog=2, or one number per label")
    .option("--label-weights <LIST>", "weights of whole labels: cat=3,dog=2, …");
}

/** The lists among what was typed, as the library takes them; what is no number becomes NaN, for it to refuse. */
export function typedWeights({ positiveWeights, labelWeights }: Typed): Record<string, unknown> {
  const lists = Object.entries({ positiveWeights, labelWeights });
  return Object.fromEntries(
    lists.flatMap(([name, text]) => (typeof text === "string" ? [[name, parsed(text)]] : [])),
  );
}

function parsed(text: string): unknown {
  const items = text.split(",").map((item) => item.trim());
  const value = (number: string) => (number.trim() === "" ? Number.NaN : Number(number));
  if (!text.includes("=")) return text === "balanced" ? text : items.map(value);
  // A label may hold the sign itself.
  return Object.fromEntries(
    items.map((item) => {
      const at = item.lastIndexOf("=");
      return at < 0 ? [item, Number.NaN] : [item.slice(0, at).trim(), value(item.slice(at + 1))];
    }),
  );
}
