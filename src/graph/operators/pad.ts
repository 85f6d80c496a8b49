// Pad: more, or with negative pads less, at either end of each axis.
import { plus } from "./dimensions.js";
import { knownNumbers, type Operator } from "./operator.js";

export const pad: Operator = {
  op: "Pad",
  shape: (node, { input, values }) => {
    const { type, shape } = input(0);
    const pads = knownNumbers(values(1), node, "pads");
    return [{ type, shape: shape.map((d, i) => plus(d, pads[i] + pads[i + shape.length])) }];
  },
};
