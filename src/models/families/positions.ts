// Position embeddings for another size of image: the grid of the patches, interpolated.
import type { Weight } from "../weights/elements.js";

/** Keys' cubic with a = −¾, as PyTorch's `interpolate(mode="bicubic")` has it, without antialiasing. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  const a = -0.75;
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/** For each output, four inputs (clamped to the edge) and their weights. */
function taps(from: number, to: number): { index: number; weight: number }[][] {
  return Array.from({ length: to }, (_, i) => {
    const center = ((i + 0.5) * from) / to - 0.5;
    const first = Math.floor(center) - 1;
    return [0, 1, 2, 3].map((k) => ({
      index: Math.min(from - 1, Math.max(0, first + k)),
      weight: cubic(center - (first + k)),
    }));
  });
}

/**
 * Embeddings [1, leading + side², width] for a grid of another side; those before the patches stay.
 * Source: `torch.nn.functional.interpolate(mode="bicubic", align_corners=False)`, by which torchvision and transformers
 * do it.
 */
export function interpolatedPositions({ shape, data }: Weight, leading: number, side: number): Weight {
  const [, tokens, width] = shape;
  const from = Math.round(Math.sqrt(tokens - leading));
  if (from === side || from * from !== tokens - leading) return { shape, data };
  const out = new Float32Array((leading + side * side) * width);
  out.set(data.subarray(0, leading * width));
  const along = taps(from, side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const to = (leading + y * side + x) * width;
      for (const row of along[y]) {
        for (const column of along[x]) {
          const weight = row.weight * column.weight;
          const at = (leading + row.index * from + column.index) * width;
          for (let c = 0; c < width; c++) out[to + c] += weight * data[at + c];
        }
      }
    }
  }
  return { shape: [1, leading + side * side, width], data: out };
}
