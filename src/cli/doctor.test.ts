// multihot doctor, with oneDNN's library and without.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openTurboJpeg } from "../data/decode/jpeg/turbo.js";
import { surveyEngines } from "../engines/survey.js";

const main = fileURLToPath(new URL("./main.js", import.meta.url));

function doctor(args: readonly string[], library?: string) {
  const env = { ...process.env, NO_COLOR: "1", ...(library ? { MULTIHOT_ONEDNN: library } : {}) };
  return spawnSync(process.execPath, [main, "doctor", ...args], { encoding: "utf8", env });
}

test("where the library is not, ONNX Runtime works, and the command says how to get oneDNN", () => {
  const { status, stdout } = doctor([], "/no/libdnnl.so.9");
  assert.equal(status, 0);
  assert.match(stdout, /works +ort +ONNX Runtime [\d.]+.*--engine auto takes it/);
  assert.match(stdout, /missing +onednn .*\/no\/libdnnl\.so\.9 does not exist/);
  assert.match(stdout, /to get it: \S+/);
});

test("it says whether libjpeg-turbo is there, and else how to get it", async () => {
  const env = { ...process.env, NO_COLOR: "1", MULTIHOT_ONEDNN: "/no/libdnnl.so.9" };
  const run = (library: string | undefined) =>
    spawnSync(process.execPath, [main, "doctor"], {
      encoding: "utf8",
      env: { ...env, ...(library && { MULTIHOT_TURBOJPEG: library }) },
    }).stdout;
  assert.match(run("none"), /missing +jpeg .*\n +to get it: .*turbo/);
  const turbo = await openTurboJpeg();
  if (turbo) assert.match(run(undefined), /works +jpeg .*\n +\S+libturbojpeg\S+\n/);
});

test("--json tells programs what the library's survey tells", async () => {
  const { status, stdout } = doctor(["--json"]);
  assert.equal(status, 0);
  const told = JSON.parse(stdout);
  assert.equal(told.node, process.version);
  assert.deepEqual(told.engines, JSON.parse(JSON.stringify(await surveyEngines())));
});
