// Sum as additions, in the order of its inputs.
import type { Lowering } from "./lowering.js";

export const sum: Lowering = ({ name, inputs: [first, ...others], outputs }, { builder }) => {
  if (others.length === 0) builder.node("Identity", [first], { name, outputs });
  others.reduce(
    (total, value, i) =>
      builder.node("Add", [total, value], { name, outputs: i === others.length - 1 ? outputs : 1 }),
    first,
  );
};
