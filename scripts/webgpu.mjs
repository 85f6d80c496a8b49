// npm run webgpu [-- PART-OF-PATH …]: the engines' suites on WebGPU, on the processor where there is no device: SwiftShader,
// the Vulkan driver that comes with Chromium. Before them, the same on the processor's own kernels, which tells a fault of
// the lowering from one of WebGPU's kernels. Wants a build.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";
const hasDevice = existsSync("/dev/dri") && readdirSync("/dev/dri").some((name) => name.startsWith("render"));

const env = { ...process.env };
env.XDG_RUNTIME_DIR ??= mkdtempSync(join(tmpdir(), "multihot-webgpu-"));
if (!hasDevice && env.VK_DRIVER_FILES === undefined && existsSync(SWIFTSHADER))
  env.VK_DRIVER_FILES = SWIFTSHADER;

const parts = process.argv.slice(2);
const run = (engines, suites) => {
  const ran = spawnSync(process.execPath, ["scripts/test.mjs", ...(parts.length > 0 ? parts : suites)], {
    stdio: "inherit",
    env: { ...env, MULTIHOT_ENGINES: engines },
  });
  if (ran.status !== 0) process.exitCode = ran.status ?? 1;
};
run("webgpu-lowering", ["test/ops", "test/gradient", "test/program"]);
// Each program of a graphics device is compiled when it is first run: those of all operators would take minutes.
run("webgpu", ["test/program", "test/webgpu"]);
