// Faults of devices, as ONNX Runtime and the drivers word them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../base/errors.js";
import { explained } from "./faults.js";

const told = (message: string) => {
  const error = explained(new Error(message));
  return error instanceof UserError ? error.message : undefined;
};

test("too little memory: what to lower", () => {
  for (const message of [
    "vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY",
    "Non-zero status code: Buffer size (4831838208) exceeds the max buffer size limit",
    "Out of memory",
  ]) {
    assert.match(told(message) ?? "", /smaller --batch.*--engine ort/);
  }
});

test("a lost device: how to go on", () => {
  for (const message of ["WebGPU device lost (1): reset", "VK_ERROR_DEVICE_LOST", "The device was lost"]) {
    assert.match(told(message) ?? "", /--resume/);
  }
});

test("other errors stay as they are", () => {
  const error = new Error("Could not find an implementation for Foo");
  assert.equal(explained(error), error);
});
