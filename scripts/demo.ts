// npm run demo: the main job from nothing, with the commands that a user would type.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
const folder = "demo";

function multihot(...words: string[]): void {
  console.log(`\n$ multihot ${words.join(" ")}`);
  const { status } = spawnSync(process.execPath, [main, ...words], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 2);
}

// Ours alone: what an earlier demonstration left.
rmSync(folder, { recursive: true, force: true });

const size = "64";
multihot("sample", join(folder, "drawn"), "--images", "3000", "--size", size, "--seed", "1");
multihot(
  ...["train", join(folder, "drawn", "labels.csv"), "--out", join(folder, "run")],
  ...["--backbone", "resnet10-small", "--weights", "none", "--size", size],
  ...["--epochs", "10", "--batch", "16", "--lr", "0.004"],
);

// Pictures of another seed: the model has not seen them.
multihot("sample", join(folder, "new"), "--images", "5", "--size", size, "--seed", "2");
const pictures = join(folder, "new", "images");
multihot("predict", join(folder, "run", "bundle"), pictures);
console.log(
  `\nThe trained tagger is in ${join(folder, "run", "bundle")}; the new pictures are in ${pictures}.`,
);
