// QuantizeLinear and DequantizeLinear.
import type { Operator } from "./operator.js";

export const quantizeLinear: Operator = {
  op: "QuantizeLinear",
  shape: (node, { input }) => [{ type: node.inputs[2] ? input(2).type : "uint8", shape: input(0).shape }],
};

export const dequantizeLinear: Operator = {
  op: "DequantizeLinear",
  shape: (_, { input }) => [{ type: "float32", shape: input(0).shape }],
};
