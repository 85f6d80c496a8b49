// A frozen backbone: any ONNX file that ONNX Runtime can run, as a trunk that gives features.
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { UserError } from "../../base/errors.js";
import { nearestFirst } from "../../base/nearest.js";
import { openModel } from "../../engines/ort/engine.js";
import { GraphBuilder } from "../../graph/builder.js";
import { selfContained } from "../../graph/foreign/external.js";
import { lifted } from "../../graph/foreign/lift.js";
import { cutTo, type ForeignModel, readForeign } from "../../graph/foreign/model.js";
import { foreignNode } from "../../graph/foreign/node.js";
import { writeForeign } from "../../graph/foreign/write.js";
import { Graph } from "../../graph/graph.js";
import { elementTypes } from "../../graph/onnx-types.js";
import { sizeOf, type Tensor } from "../../graph/tensor.js";
import type { Backbone } from "../backbone.js";
import { atSize, imagenetPreprocess, type Preprocess } from "../preprocess.js";
import { featureValueOf } from "./feature-value.js";
import { externalReader, readModelFile } from "./files.js";
import { type ImageInput, imageInputOf } from "./image-input.js";
import { addPooling, kindOf, type TokenPooling, told } from "./pooling.js";

export interface FrozenOptions {
  /** `NAME`, `NAME:cls` or `NAME:mean`: which value holds the features, and what is made of tokens. */
  readonly features?: string;
  /** The side of the images; default: what the file fixes, or `preprocess` says. */
  readonly size?: number;
  /** What the weights were made with. Default: ImageNet's. */
  readonly preprocess?: Preprocess;
}

/** Images that the network is tried with: enough to see that it takes any number. */
const TRIED = 2;

/**
 * A backbone that can't be trained, from an ONNX file of whatever operators, domains, weights and shapes.
 *
 * @throws UserError if the file is none that ONNX Runtime runs, does not take one image, or its features can't be told
 */
export async function frozenBackbone(path: string, options: FrozenOptions = {}): Promise<Backbone> {
  const name = basename(path);
  const file = readForeign(await readModelFile(path), name);
  const model = lifted(selfContained(file, externalReader(path)), name);
  const input = imageInputOf(model.graph, name);
  const size = sideOf(input, options, name);
  const [value, pooling] = chosen(options.features);
  const found = value === undefined ? featureValueOf(model.graph) : named(model, value, name);
  const trunk = freed(cutTo(model, [{ name: found.name, code: 0, shape: undefined }]), input);
  if (trunk.graph.inputs.length === 0) {
    throw new UserError(`${name} can't be a backbone: its value ${found.name} does not depend on the image.`);
  }
  const bytes = writeForeign(trunk);
  const measured = await tried(bytes, found.name, input, size, name);
  const kind = kindOf(measured.shape);
  if (kind === undefined || !(measured.type === "float32" || measured.type === "float16")) {
    const outputs = model.graph.outputs.map((output) => output.name).join(", ");
    throw new UserError(
      `The features of ${name} can't be told: ${found.name} is ${measured.type} ` +
        `[N, ${measured.shape.join(", ")}]; a row, tokens or a map of each image is wanted. ` +
        `Choose with --features NAME; its outputs are ${outputs}.`,
    );
  }

  const graph = new Graph();
  graph.name = name;
  const builder = new GraphBuilder(graph);
  builder.input({ name: "input", type: "float32", shape: ["N", 3, "H", "W"] });
  const info = { name: found.name, type: measured.type, shape: ["N", ...measured.shape] };
  const [given] = foreignNode(builder, bytes, [asTaken(builder, input)], [info], ["trunk.out"]);
  const plain =
    measured.type === "float32"
      ? given
      : builder.node("Cast", [given], { name: "float", attributes: { to: elementTypes.float32.code } });
  const { features, map } = addPooling(builder, plain, kind, pooling);
  builder.node("Identity", [features], { name: "features", outputs: ["features"] });
  builder.output({ name: "features", type: "float32", shape: ["N", kind.width] });
  return {
    name,
    graph,
    features: kind.width,
    classifier: "classifier",
    preprocess: atSize(options.preprocess ?? imagenetPreprocess, size),
    map,
    onlySize: size,
    notes: [
      `features: ${found.name} (${found.why}), ${told(kind, pooling)}; another with --features NAME[:cls|mean]`,
    ],
  };
}

function chosen(
  features: string | undefined,
): [value: string | undefined, pooling: TokenPooling | undefined] {
  const [, name, pooling] = /^(.*):(cls|mean)$/.exec(features ?? "") ?? [undefined, features, undefined];
  return [name || undefined, pooling as TokenPooling | undefined];
}

/** The value of that name. */
function named({ graph }: ForeignModel, value: string, source: string) {
  const values = [...graph.outputs.map(({ name }) => name), ...graph.nodes.flatMap(({ outputs }) => outputs)];
  if (values.includes(value)) return { name: value, why: "as you asked" };
  const near = nearestFirst(value, new Set(values)).slice(0, 6);
  throw new UserError(
    `${source} has no value ${value} that could be its features. The nearest: ${near.join(", ")}.`,
  );
}

function sideOf(
  { size: fixed }: ImageInput,
  { size, preprocess = imagenetPreprocess }: FrozenOptions,
  name: string,
) {
  if (fixed !== undefined && size !== undefined && size !== fixed) {
    throw new UserError(
      `${name} takes images of ${fixed} pixels alone, and --size is ${size}. Leave out --size.`,
    );
  }
  return fixed ?? size ?? preprocess.crop;
}

/** The model taking any number of images. */
function freed(model: ForeignModel, input: ImageInput): ForeignModel {
  const inputs = model.graph.inputs.map((value) =>
    value.name === input.name ? { ...value, shape: value.shape && ["N", ...value.shape.slice(1)] } : value,
  );
  return { ...model, graph: { ...model.graph, inputs } };
}

/** The normalised image as the file takes it. */
function asTaken(builder: GraphBuilder, { type, channelsLast }: ImageInput): string {
  const turned = channelsLast
    ? builder.node("Transpose", ["input"], { name: "turned", attributes: { perm: [0, 2, 3, 1] } })
    : "input";
  if (type === "float32") return turned;
  return builder.node("Cast", [turned], { name: "taken", attributes: { to: elementTypes[type].code } });
}

/** Runs the model once, for the type and shape, without the batch, of what it gives. */
async function tried(
  file: Uint8Array,
  output: string,
  { name: input, type, channelsLast }: ImageInput,
  size: number,
  source: string,
): Promise<{ type: Tensor["type"]; shape: number[] }> {
  const run = async (images: number) => {
    const shape = channelsLast ? [images, size, size, 3] : [images, 3, size, size];
    const data = new elementTypes[type].array(sizeOf(shape));
    const { [output]: result } = await program.run({ [input]: { type, shape, data } as Tensor });
    return result;
  };
  const program = await openModel(file, [output], availableParallelism()).catch((error: Error) => {
    throw new UserError(`ONNX Runtime can't run ${source}: ${error.message}`);
  });
  try {
    const { type: found, shape } = await run(TRIED);
    if (shape[0] !== TRIED) {
      throw new UserError(
        `The features of ${source} can't be told: ${output} is [${shape.join(", ")}] for ${TRIED} images, which is ` +
          "no row for each. Choose another value with --features NAME.",
      );
    }
    return { type: found, shape: shape.slice(1) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const single = await run(1).catch(() => undefined);
    throw new UserError(
      single === undefined
        ? `${source} can't be run on images of ${size} pixels: ${reason}`
        : `${source} takes one image at a time alone. Export it again with a free batch (dynamic_axes). (${reason})`,
    );
  } finally {
    await program.close();
  }
}
