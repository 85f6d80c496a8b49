// The format safetensors: the weights under torchvision's names, for PyTorch.
import { resolve } from "node:path";
import { UserError } from "../base/errors.js";
import { hasForeign } from "../graph/foreign/node.js";
import type { Graph } from "../graph/graph.js";
import { float32, type TensorOf } from "../graph/tensor.js";
import { namedNetworks } from "../models/families/index.js";
import { parametersOf } from "../models/parameters.js";
import { type ResnetName, resnet, resnets } from "../models/resnet.js";
import { writeSafetensors } from "../models/weights/safetensors.js";
import { asMetadata, descriptionOf } from "./description.js";
import type { Format } from "./format.js";

type Weights = Map<string, TensorOf<"float32">>;

function weightsOf(graph: Graph): Weights {
  return new Map(
    parametersOf(graph).map(({ name }) => [name, graph.initializers.get(name) as TensorOf<"float32">]),
  );
}

/** Those that torchvision publishes under these names. */
function isTorchvisions(backbone: string): backbone is ResnetName {
  return Object.hasOwn(resnets, backbone) && /^resnet\d+$/.test(backbone);
}

/** The width between the two layers of the head mlp; undefined where there is one layer. */
const hiddenWidth = (weights: Weights) => weights.get("fc.0.weight")?.shape[0];

/**
 * @throws UserError unless the names and shapes are those of torchvision's network with so many labels, whose `fc` is a
 * Linear, or a Sequential of Linear, ReLU and Linear
 */
function checkNames(weights: Weights, backbone: ResnetName, labels: number): void {
  const { graph, features } = resnet(backbone);
  const wanted = new Map([...weightsOf(graph)].map(([name, { shape }]) => [name, shape.join(", ")]));
  const linear = (name: string, from: number, to: number) => {
    wanted.set(`${name}.weight`, `${to}, ${from}`);
    wanted.set(`${name}.bias`, `${to}`);
  };
  const hidden = hiddenWidth(weights);
  if (hidden === undefined) {
    linear("fc", features, labels);
  } else {
    linear("fc.0", features, hidden);
    linear("fc.2", hidden, labels);
  }
  const problems = [
    ...[...wanted].flatMap(([name, shape]) => {
      const found = weights.get(name)?.shape.join(", ");
      if (found === shape) return [];
      return [found === undefined ? `${name} is missing` : `${name} is [${found}], wanted [${shape}]`];
    }),
    ...[...weights.keys()].flatMap((name) => (wanted.has(name) ? [] : [`${name} is not one of its weights`])),
  ];
  if (problems.length === 0) return;
  throw new UserError(
    `torchvision.models.${backbone} could not load this network, which differs from it; --format onnx exports ` +
      "any network:",
    problems,
  );
}

/**
 * The weights with the bundle's calibration, scale · logit + shift, taken into the linear layer that makes the logits:
 * scale · (W x + b) + shift. Where it is not one linear layer that makes them, the calibration stays an entry of its own.
 */
function withCalibration(graph: Graph, weights: Weights): Weights {
  const [scale, shift] = ["calibration.scale", "calibration.shift"].map(
    (name) => graph.initializers.get(name)?.data,
  );
  const multiply = graph.nodes.find(({ inputs }) => inputs[1] === "calibration.scale");
  const layer = graph.nodes.find(({ outputs, op }) => op === "Gemm" && outputs[0] === multiply?.inputs[0]);
  const [weight, bias] = (layer?.inputs.slice(1) ?? []).map((name) => ({ name, value: weights.get(name) }));
  if (!(scale instanceof Float32Array && shift instanceof Float32Array && weight?.value && bias?.value))
    return weights;
  const [labels, features] = weight.value.shape;
  if (labels !== scale.length) return weights;
  const { data: rows } = weight.value;
  const { data: offsets } = bias.value;
  const folded = new Map(weights);
  folded.delete("calibration.scale");
  folded.delete("calibration.shift");
  folded.set(
    weight.name,
    float32(
      [labels, features],
      rows.map((value, i) => value * scale[Math.floor(i / features)]),
    ),
  );
  folded.set(
    bias.name,
    float32(
      [labels],
      offsets.map((value, i) => value * scale[i] + shift[i]),
    ),
  );
  return folded;
}

export const safetensors: Format = {
  description: "weights for PyTorch; torchvision.models.resnet50 and its like load them",
  out: ".safetensors",
  precisions: ["fp32"],
  async export({ bundle: { graph, manifest }, settings: { out }, hooks }) {
    if (hasForeign(graph)) {
      throw new UserError(
        `${manifest.backbone} is kept as its ONNX file has it, and its weights have no names that PyTorch knows. ` +
          "--format onnx exports any network.",
      );
    }
    const weights = withCalibration(graph, weightsOf(graph));
    if (isTorchvisions(manifest.backbone)) {
      checkNames(weights, manifest.backbone, manifest.labels.length);
      if (!graph.nodes.some(({ op }) => op === "GlobalAveragePool")) {
        throw new UserError(
          `torchvision.models.${manifest.backbone} averages over the picture, and this network's head does not: its ` +
            "weights would give other numbers there. --format onnx exports any network.",
        );
      }
      const hidden = hiddenWidth(weights);
      if (hidden !== undefined) {
        const { features } = resnet(manifest.backbone);
        hooks.onNote?.(
          "the head has two layers. Before load_state_dict in PyTorch: model.fc = nn.Sequential(" +
            `nn.Linear(${features}, ${hidden}), nn.ReLU(), nn.Linear(${hidden}, ${manifest.labels.length}))`,
        );
      }
    } else {
      const named = namedNetworks.get(manifest.backbone);
      hooks.onNote?.(
        named
          ? `the weights bear ${"torchvision" in named.source ? "torchvision" : "timm"}'s names.`
          : `torchvision has no ${manifest.backbone}: the weights bear the names of its ONNX graph.`,
      );
    }
    const path = resolve(out);
    // What Hugging Face's tools ask of a file with PyTorch's weights.
    await writeSafetensors(path, weights, { format: "pt", ...asMetadata(descriptionOf(manifest)) });
    return { files: [path] };
  },
};
