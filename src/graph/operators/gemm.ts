// Gemm: Y = alpha · A·B + beta · C. dA = alpha · dY·Bᵀ, dB = alpha · Aᵀ·dY, dC = beta · dY.
import { floatAttribute, intAttribute } from "../graph.js";
import { type Operator, ofOneOutput, unbroadcast } from "./operator.js";

export const gemm: Operator = {
  op: "Gemm",
  shape: (node, { input }) => {
    const a = input(0);
    const b = input(1).shape;
    const rows = a.shape[intAttribute(node, "transA", 0)];
    return [{ type: a.type, shape: [rows, b[1 - intAttribute(node, "transB", 0)]] }];
  },
  gradient: ofOneOutput((node, dY, context) => {
    const { builder, wants } = context;
    const [a, b, c] = node.inputs;
    const transA = intAttribute(node, "transA", 0);
    const transB = intAttribute(node, "transB", 0);
    const alpha = { float: floatAttribute(node, "alpha", 1) };
    const product = (name: string, left: string, right: string, transLeft: number, transRight: number) =>
      builder.node("Gemm", [left, right], {
        name: `${node.name}.${name}`,
        attributes: { alpha, transA: transLeft, transB: transRight },
      });
    let dC: string | undefined;
    if (c && wants(2)) {
      const beta = floatAttribute(node, "beta", 1);
      const scaled =
        beta === 1 ? dY : builder.node("Mul", [dY, builder.scalar(beta)], { name: `${node.name}.dC` });
      dC = unbroadcast(node, 2, scaled, context);
    }
    return [
      wants(0) ? (transA ? product("dA", b, dY, transB, 1) : product("dA", dY, b, 0, 1 - transB)) : undefined,
      wants(1) ? (transB ? product("dB", dY, a, 1, transA) : product("dB", a, dY, 1 - transA, 0)) : undefined,
      dC,
    ];
  }),
  roles: [undefined, "weight", "bias"],
};
