// Preprocessing as the files of a hub say it: transformers' preprocessor_config.json and timm's config.json.
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { type Preprocess, resizeFor } from "./preprocess.js";

/** What a file says, and which file that is. */
export interface FoundPreprocess {
  readonly preprocess: Preprocess;
  readonly source: string;
}

const three = z.tuple([z.number(), z.number(), z.number()]);
const side = z.int().min(1);
const sides = z.union([side, z.object({ height: side, width: side }), z.object({ shortest_edge: side })]);

const transformersConfig = z.object({
  size: sides.optional(),
  crop_size: sides.optional(),
  do_resize: z.boolean().optional(),
  do_center_crop: z.boolean().optional(),
  do_rescale: z.boolean().optional(),
  do_normalize: z.boolean().optional(),
  rescale_factor: z.number().positive().optional(),
  resample: z.int().optional(),
  crop_pct: z.number().positive().optional(),
  image_mean: three.optional(),
  image_std: three.optional(),
});

const timmConfig = z.object({
  input_size: z.tuple([z.number(), side, side]).optional(),
  mean: three.optional(),
  std: three.optional(),
  crop_pct: z.number().positive().optional(),
  crop_mode: z.string().optional(),
  interpolation: z.string().optional(),
});

type Filter = Preprocess["interpolation"];

/** PIL's numbers of filters; those that we don't have come out as the nearest that we have. */
const filters: Readonly<Record<number, Filter>> = { 1: "lanczos", 2: "bilinear", 3: "bicubic" };
const isFilter = (name: string | undefined): name is Filter =>
  name === "bilinear" || name === "bicubic" || name === "lanczos";

const tuple = (values: readonly number[]): [number, number, number] => [values[0], values[1], values[2]];

/** What transformers' preprocessor_config.json says; undefined where it is none of images. */
export function fromTransformers(json: unknown): Preprocess | undefined {
  const { success, data } = transformersConfig.safeParse(json);
  if (!success || (data.size === undefined && data.image_mean === undefined)) return undefined;
  const { size = 224, crop_size: cropSize, do_center_crop: crops = false, crop_pct: share } = data;
  const square = (value: typeof size) =>
    typeof value === "number" ? value : "height" in value ? value.height : value.shortest_edge;
  const resized = square(size);
  const edge = typeof size === "object" && "shortest_edge" in size;
  const keepsShape = edge || (typeof size === "number" && crops);
  // ConvNeXt's: below 384 px the share says how much larger the short side is made, and from there on none is cut away.
  const byShare = share !== undefined && cropSize === undefined;
  const crop = crops && cropSize !== undefined ? square(cropSize) : resized;
  // (x · factor − mean) / std, of x from 0 to 255, as (x / 255 − mean) / std.
  const factor = data.do_rescale === false ? 1 : (data.rescale_factor ?? 1 / 255);
  const scale = Math.abs(factor * 255 - 1) < 1e-3 ? 1 : 1 / (factor * 255);
  const normalizes = data.do_normalize !== false;
  const mean = normalizes ? (data.image_mean ?? [0.5, 0.5, 0.5]) : [0, 0, 0];
  const std = normalizes ? (data.image_std ?? [0.5, 0.5, 0.5]) : [1, 1, 1];
  const squash = byShare ? resized >= 384 : !keepsShape;
  return {
    resize: byShare && !squash ? resizeFor(resized, share) : resized,
    crop,
    interpolation: filters[data.resample ?? 2] ?? "bilinear",
    ...(squash && { fit: "squash" as const }),
    mean: tuple(mean.map((value) => value * scale)),
    std: tuple(std.map((value) => value * scale)),
  };
}

/** What timm's config.json says under `pretrained_cfg`; undefined where it has none. */
export function fromTimm(json: unknown): Preprocess | undefined {
  const config = (json as Record<string, unknown> | null)?.pretrained_cfg;
  const { success, data } = timmConfig.safeParse(config);
  if (!success || data.mean === undefined) return undefined;
  const { mean, std = [1, 1, 1], input_size: [, crop] = [3, 224, 224], crop_pct: share = 0.875 } = data;
  return {
    resize: resizeFor(crop, share),
    crop,
    interpolation: isFilter(data.interpolation) ? data.interpolation : "bicubic",
    ...(data.crop_mode === "squash" && { fit: "squash" as const }),
    mean: tuple(mean),
    std: tuple(std),
  };
}

const readers = [
  ["preprocessor_config.json", fromTransformers],
  ["config.json", fromTimm],
] as const;

/** What the files beside a network say, in its folder or, where that is called onnx, in the one above. */
export async function preprocessBeside(path: string): Promise<FoundPreprocess | undefined> {
  const folder = dirname(path);
  const folders = basename(folder) === "onnx" ? [folder, dirname(folder)] : [folder];
  for (const place of folders) {
    for (const [file, read] of readers) {
      const source = join(place, file);
      const preprocess = read(await jsonIn(source));
      if (preprocess) return { preprocess, source };
    }
  }
  return undefined;
}

/** The content of a JSON file; undefined where there is none. */
export async function jsonIn(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}
