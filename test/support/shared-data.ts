// Data for trying the program on something real: beside the project, or where MULTIHOT_DATA says.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { lacks } from "./needs.js";

const folder = resolve(process.env.MULTIHOT_DATA ?? "../shared");

/** The path of a file there, e.g. `weights/x.onnx`, and for `node:test` why a test that wants it is skipped. */
export function sharedFile(path: string): { path: string; skip: string | false } {
  const full = join(folder, path);
  return {
    path: full,
    skip: lacks("data", !existsSync(full) && `${full} is missing (MULTIHOT_DATA names its folder)`),
  };
}
