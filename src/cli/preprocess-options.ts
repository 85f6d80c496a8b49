// The options of train that say how images are prepared: flags, and what was typed as the library takes it.
import type { Command } from "commander";
import type { Typed } from "./values.js";

export function addPreprocessOptions(command: Command): Command {
  return command
    .option("--mean <LIST>", "a number or R,G,B, on the scale 0 to 1")
    .option("--std <LIST>", "likewise; pixels as they are: --mean 0 --std 1/255")
    .option("--interpolation <NAME>", "of resizing: bilinear, bicubic or lanczos")
    .option("--crop-share <PART>", "what the crop keeps of the side, e.g. 0.875")
    .option("--fit <NAME>", "crop keeps an image's shape, squash makes squares");
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
