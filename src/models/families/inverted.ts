// Inverted residuals with squeeze-and-excitation, which EfficientNet and MobileNetV3 are made of. torchvision's names.
import type { Activation, Layers } from "./layers.js";

/** The nearest multiple of 8, and never less than nine tenths (Sandler et al. 2018, arXiv:1801.04381, in its code). */
export function divisible(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

export interface Norm {
  readonly epsilon?: number;
  readonly momentum?: number;
}

/** Convolution, BatchNormalization and, where there is one, an activation: `name.0`, `name.1`. */
export function convNorm(
  layers: Layers,
  name: string,
  x: string,
  shape: { from: number; to: number; kernel: number; stride?: number; groups?: number },
  activation: Activation | undefined,
  norm: Norm,
): string {
  const y = layers.batchNorm(`${name}.1`, layers.conv(`${name}.0`, x, shape), shape.to, norm);
  return activation ? layers.activation(activation, `${name}.2`, y) : y;
}

/** x · gate(fc2(act(fc1(mean of x)))). */
export function squeezeExcitation(
  layers: Layers,
  name: string,
  x: string,
  {
    width,
    squeezed,
    activation,
    gate,
  }: { width: number; squeezed: number; activation: Activation; gate: Activation },
): string {
  const mean = layers.node("GlobalAveragePool", `${name}.avgpool`, [x]);
  const small = layers.conv(`${name}.fc1`, mean, { from: width, to: squeezed, kernel: 1, bias: true });
  const bent = layers.activation(activation, `${name}.activation`, small);
  const wide = layers.conv(`${name}.fc2`, bent, { from: squeezed, to: width, kernel: 1, bias: true });
  return layers.mul(`${name}.scaled`, x, layers.activation(gate, `${name}.gate`, wide));
}

export interface Inverted {
  readonly from: number;
  readonly expanded: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride: number;
  readonly activation: Activation;
  /** Of the squeeze-and-excitation; undefined where there is none. */
  readonly squeeze?: {
    readonly squeezed: number;
    readonly activation: Activation;
    readonly gate: Activation;
  };
  readonly norm: Norm;
}

/** Wider by 1×1, depthwise, squeezed and excited, narrower by 1×1, and added to x where the shapes agree. */
export function inverted(layers: Layers, name: string, x: string, block: Inverted): string {
  const { from, expanded, to, kernel, stride, activation, squeeze, norm } = block;
  let part = 0;
  const next = () => `${name}.block.${part++}`;
  let y = x;
  if (expanded !== from) y = convNorm(layers, next(), y, { from, to: expanded, kernel: 1 }, activation, norm);
  const depthwise = { from: expanded, to: expanded, kernel, stride, groups: expanded };
  y = convNorm(layers, next(), y, depthwise, activation, norm);
  if (squeeze) y = squeezeExcitation(layers, next(), y, { width: expanded, ...squeeze });
  y = convNorm(layers, next(), y, { from: expanded, to, kernel: 1 }, undefined, norm);
  return stride === 1 && from === to ? layers.add(`${name}.add`, y, x) : y;
}
