// The files of a network on the hub: the model with the weights beside it, and what tells how images are prepared.
import { UserError } from "../../base/errors.js";
import { locationsOf } from "../../graph/foreign/external.js";
import { readForeign } from "../../graph/foreign/model.js";
import { readModelFile } from "../frozen/files.js";
import type { HubRepository } from "./hub.js";

/** Where exporters for the hub put a network. */
const usual = "onnx/model.onnx";

/**
 * The path of a repository's ONNX file, with all that belongs to it beside it in the cache.
 * @param file its name in the repository; default: onnx/model.onnx, or model.onnx
 * @throws UserError for a repository or a file that can't be had
 */
export async function hubOnnx(repository: HubRepository, file?: string): Promise<string> {
  // First what is small: it also shows whether there is such a repository.
  await repository.optionalFile("config.json");
  await repository.optionalFile("preprocessor_config.json");
  const name = file ?? ((await repository.optionalFile(usual)) ? usual : "model.onnx");
  const path = await repository.optionalFile(name);
  if (path === undefined) {
    throw new UserError(
      `The repository has no ${file ?? `${usual} and no model.onnx`}, and its network is none of those that are ` +
        `built here (multihot backbones lists them). Its files: ${repository.page}. Choose one with --file.`,
    );
  }
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  for (const location of locationsOf(readForeign(await readModelFile(path), name))) {
    await repository.file(folder + location);
  }
  return path;
}
