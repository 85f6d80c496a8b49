// Gradients of matrix products. With Y = A·B: dA = dY·Bᵀ, dB = Aᵀ·dY.
import { UserError } from "../../base/errors.js";
import { floatAttribute, intAttribute } from "../graph.js";
import { type GradientRule, ofOneOutput, unbroadcast } from "./rule.js";

const gemm: GradientRule = ofOneOutput((node, dY, { builder, shape, wants }) => {
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
    dC = unbroadcast(scaled, shape(node.outputs[0]), shape(c), builder);
  }
  return [
    wants(0) ? (transA ? product("dA", b, dY, transB, 1) : product("dA", dY, b, 0, 1 - transB)) : undefined,
    wants(1) ? (transB ? product("dB", dY, a, 1, transA) : product("dB", a, dY, 1 - transA, 0)) : undefined,
    dC,
  ];
});

const matMul: GradientRule = ofOneOutput((node, dY, { builder, shape, wants }) => {
  const [a, b] = node.inputs;
  const ranks = [shape(a).shape.length, shape(b).shape.length];
  if (ranks[0] < 2 || ranks[1] < 2) {
    throw new UserError(
      `MatMul node "${node.name}" multiplies a vector; only matrices have a gradient rule here.`,
    );
  }
  const transposed = (value: string, rank: number) => {
    const perm = Array.from({ length: rank }, (_, i) => i);
    [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
    return builder.node("Transpose", [value], { name: `${node.name}.transpose`, attributes: { perm } });
  };
  const product = (name: string, left: string, right: string) =>
    builder.node("MatMul", [left, right], { name: `${node.name}.${name}` });
  const stack = shape(node.outputs[0]).shape.slice(0, -2);
  // Only the stacked dimensions broadcast; the matrices' own are those of the input.
  const reduced = (gradient: string, value: string) => {
    const input = shape(value);
    return unbroadcast(gradient, { ...input, shape: [...stack, ...input.shape.slice(-2)] }, input, builder);
  };
  return [
    wants(0) ? reduced(product("dA", dY, transposed(b, ranks[1])), a) : undefined,
    wants(1) ? reduced(product("dB", transposed(a, ranks[0]), dY), b) : undefined,
  ];
});

export const linearRules = { Gemm: gemm, MatMul: matMul };
