// Preprocessing as hubs publish it: the files of well-known networks, and what transformers and timm make of them.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { describe as told, withOptions } from "./preprocess.js";
import { fromTimm, fromTransformers, preprocessBeside } from "./preprocess-config.js";

const half = [0.5, 0.5, 0.5];
const imagenet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };

test("ViT squashes images to squares", () => {
  const vit = {
    do_resize: true,
    size: { height: 224, width: 224 },
    resample: 2,
    image_mean: half,
    image_std: half,
  };
  const wanted = { resize: 224, crop: 224, interpolation: "bilinear", fit: "squash", mean: half, std: half };
  assert.deepEqual(fromTransformers({ ...vit, do_rescale: true, rescale_factor: 1 / 255 }), wanted);
  assert.deepEqual(fromTransformers({ ...vit, size: 224 }), wanted);
});

test("CLIP and DINOv2 keep an image's shape and cut its middle out", () => {
  const crop = { do_center_crop: true, crop_size: { height: 224, width: 224 }, resample: 3, ...imagenet };
  const { mean, std, ...dino } = fromTransformers({ ...crop, size: { shortest_edge: 256 } }) ?? {};
  assert.deepEqual(dino, { resize: 256, crop: 224, interpolation: "bicubic" });
  assert.deepEqual([mean, std], [imagenet.image_mean, imagenet.image_std]);
  const clip = fromTransformers({ ...crop, crop_size: 224, size: 224 });
  assert.deepEqual([clip?.resize, clip?.crop, clip?.fit], [224, 224, undefined]);
});

test("ConvNeXt's share makes the short side larger below 384 pixels, and squashes from there on", () => {
  const { resize, crop, fit } =
    fromTransformers({ size: { shortest_edge: 224 }, crop_pct: 0.875, ...imagenet }) ?? {};
  assert.deepEqual([resize, crop, fit], [256, 224, undefined]);
  const large = fromTransformers({ size: { shortest_edge: 384 }, crop_pct: 1, ...imagenet });
  assert.deepEqual([large?.resize, large?.crop, large?.fit], [384, 384, "squash"]);
});

test("another scale of pixels goes into mean and std; without normalisation they are 0 and 1", () => {
  const raw = fromTransformers({
    size: 64,
    do_rescale: false,
    image_mean: [127.5, 127.5, 127.5],
    image_std: half,
  });
  assert.ok(raw && Math.abs(raw.mean[0] - 0.5) < 1e-12 && Math.abs(raw.std[0] - 0.5 / 255) < 1e-12);
  const plain = fromTransformers({ size: 64, do_normalize: false });
  assert.deepEqual(
    [plain?.mean, plain?.std],
    [
      [0, 0, 0],
      [1, 1, 1],
    ],
  );
});

test("timm's share is of the resized side, rounded down; its filter is bicubic unless it says so", () => {
  const pretrained_cfg = {
    input_size: [3, 224, 224],
    mean: half,
    std: half,
    crop_pct: 0.9,
    interpolation: "bicubic",
  };
  const { resize, crop, interpolation, fit } = fromTimm({ pretrained_cfg }) ?? {};
  assert.deepEqual([resize, crop, interpolation, fit], [248, 224, "bicubic", undefined]);
  assert.equal(fromTimm({ pretrained_cfg: { ...pretrained_cfg, crop_mode: "squash" } })?.fit, "squash");
  assert.equal(fromTimm({ architectures: ["ViTModel"] }), undefined);
});

test("files are found beside the network, and above a folder called onnx", async () => {
  const folder = await mkdtemp(join(tmpdir(), "multihot-preprocess-"));
  try {
    const model = join(folder, "onnx", "model.onnx");
    await mkdir(join(folder, "onnx"));
    assert.equal(await preprocessBeside(model), undefined);
    const source = join(folder, "preprocessor_config.json");
    await writeFile(source, JSON.stringify({ size: 64, ...imagenet }));
    assert.equal((await preprocessBeside(model))?.source, source);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("what is given takes the place of what was found, and is told", () => {
  const vit = fromTransformers({ size: 224, image_mean: half, image_std: half });
  assert.ok(vit);
  assert.equal(told(vit), "224 px, scaled to a square, bilinear, mean 0.5, std 0.5");
  const own = withOptions(vit, {
    std: [1 / 255, 1 / 255, 1 / 255],
    cropShare: 0.875,
    fit: "crop",
    interpolation: "lanczos",
  });
  assert.equal(told(own), "224 px, the middle of 256, lanczos, mean 0.5, std 1/255");
});
