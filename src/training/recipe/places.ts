// Places: where a run's data and network come from.
import { namedNetworks } from "../../models/families/index.js";
import { imagenet } from "../../models/weights/imagenet.js";
import type { Choice } from "./choice.js";
import { type CheckedOptions, isFile, isOnHub, type Settings } from "./options.js";

/** The places of a run, absolute; `backbone` and `weights` as they were opened. */
export type Places = Pick<
  Settings,
  | ("data" | "val" | "test" | "images" | "format" | "groupBy" | "nearCopies" | "unknown" | "out")
  | ("backbone" | "weights" | "file" | "features" | "mean" | "std" | "interpolation" | "cropShare" | "fit")
>;

/** Settles where things are. The options' paths are absolute. */
export function choosePlaces(options: CheckedOptions): { places: Places; choices: Choice[] } {
  const choices: Choice[] = [];
  let { backbone, weights } = options;
  if (backbone === undefined) {
    backbone = "resnet50";
    choices.push({
      option: "backbone",
      value: backbone,
      reason: "the usual one; good features, and not too slow",
    });
  }
  if (weights === undefined && !isFile(backbone) && !isOnHub(backbone)) {
    const known = namedNetworks.has(backbone);
    weights = Object.hasOwn(imagenet, backbone) ? "imagenet" : known ? "pretrained" : "none";
    const reason =
      weights === "none"
        ? `none are published for ${backbone}`
        : "a network that has seen a million images needs fewer of yours";
    choices.push({ option: "weights", value: weights, reason });
  }
  const { data, val, test, images, format, groupBy, unknown = "ignore", out } = options;
  const nearCopies = val === undefined ? (options.nearCopies ?? "together") : undefined;
  const { file, features, mean, std, interpolation, cropShare, fit } = options;
  const network = { backbone, weights, file, features, mean, std, interpolation, cropShare, fit };
  return {
    places: { data, val, test, images, format, groupBy, nearCopies, unknown, out, ...network },
    choices,
  };
}
