// Head: what makes logits of a backbone's features, as nodes of the graph.
import type { GraphBuilder } from "../../graph/builder.js";

/** What a head is built from and with. */
export interface HeadContext {
  readonly builder: GraphBuilder;
  /** The backbone's own features, pooled by average: float32 [N, width]. */
  readonly features: string;
  readonly width: number;
  readonly labels: number;
  /** The module that all weights of the head belong to. */
  readonly module: string;
  /**
   * The features before pooling, float32 [N, width, height, width of the map].
   * @throws UserError for a backbone that has none
   */
  map(): FeatureMap;
  /** Adds a weight `module.name` with initial values, or `part` times those. */
  weight(name: string, shape: readonly number[], part?: number): string;
  /** Adds a bias `module.name` of zeros. */
  bias(name: string, length: number): string;
}

/** The backbone's features before they are pooled. */
export interface FeatureMap {
  /** float32 [N, channels, height, width]. */
  readonly value: string;
  readonly height: number;
  readonly width: number;
}

/** What makes logits of a backbone's features. */
export interface Head {
  readonly name: string;
  /** Adds the head's nodes; the last gives the value `logits`, float32 [N, labels]. */
  build(context: HeadContext): void;
}

/** logits = features · weightᵀ + bias, with the weights `module.weight` and `module.bias`. */
export function linear(context: HeadContext, features: string, width: number): void {
  const { builder, labels, module } = context;
  const inputs = [features, context.weight("weight", [labels, width]), context.bias("bias", labels)];
  builder.node("Gemm", inputs, { name: module, outputs: ["logits"], attributes: { transB: 1 } });
}

/** The greatest value of each channel of a map, [N, channels]: one window that is the whole map, which has a gradient. */
export function greatest({ builder, module }: HeadContext, map: FeatureMap, name: string): string {
  const pooled = builder.node("MaxPool", [map.value], {
    name: `${module}.${name}`,
    attributes: { kernel_shape: [map.height, map.width], strides: [1, 1] },
  });
  return builder.node("Flatten", [pooled], { name: `${module}.${name}.flat`, attributes: { axis: 1 } });
}
