// The options of train that say how images are prepared: flags, and what was typed as the library takes it.
import type { Command } from "commander";
import type { Typed } from "./values.js";

export function addPreprocessOptions(command: Command): Command {
  return command
    .option("--mean <LIST>", "mean to subtract, 0 to 1: a number or R,G,B")
    .option("--std <LIST>", "divisor; for raw pixels: --mean 0 --std 1/255")
    .option("--interpolation <NAME>", "resizing: bilinear, bicubic or lanczos")
    .option("--crop-share <PART>", "part of the side that the crop keeps, e.g. 0.875")
    .option("--fit <NAME>", "crop keeps the aspect ratio, squash does not");
}

/** The lists among what was typed, as the library takes them; what is no number becomes NaN, for it to refuse. */
export function typedChannels({ mean, std }: Typed): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries({ mean, std }).flatMap(([name, text]) => {
      if (typeof text !== "string") return [];
      const values = text.split(",").map(fraction);
      return [[name, values.length === 1 ? values[0] : values]];
    }),
  );
}

/** `0.5`, or `1/255`. */
function fraction(text: string): number {
  const [top, bottom = "1", ...more] = text.split("/").map((part) => part.trim());
  if (more.length > 0 || top === "" || bottom === "") return Number.NaN;
  return Number(top) / Number(bottom);
}
