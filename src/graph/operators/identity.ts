// Identity, and Dropout where nothing is dropped.
import { like, type Operator, ofOneOutput, sameValues } from "./operator.js";

const same: Omit<Operator, "op"> = {
  shape: like,
  values: sameValues,
  gradient: ofOneOutput((_, dY) => [dY]),
  expression: (_, { values: [x] }) => x,
  keepsZero: ([zero]) => zero,
};

export const identity: Operator = { op: "Identity", ...same };
export const dropout: Operator = { op: "Dropout", ...same };
