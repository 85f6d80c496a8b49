// The shapes of pools.
import { outputDimension, windowOf } from "../convolution.js";
import type { ShapeRule } from "./operator.js";

/** Of what is pooled, and of where it stood. */
export const pooled: ShapeRule = (node, { input }) => {
  const { type, shape } = input(0);
  const window = windowOf(node);
  const size = [outputDimension(window, shape[2], 0), outputDimension(window, shape[3], 1)];
  const out = [shape[0], shape[1], ...size];
  return [
    { type, shape: out },
    { type: "int64", shape: out },
  ];
};

/** One element for each channel. */
export const globallyPooled: ShapeRule = (_, { input }) => {
  const { type, shape } = input(0);
  return [{ type, shape: [shape[0], shape[1], ...shape.slice(2).map(() => 1)] }];
};
