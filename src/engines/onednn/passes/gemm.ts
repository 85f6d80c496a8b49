// Pass: Gemm as a plain product with at most one row as a bias; the rest of what it can do as nodes of its own.
import { GraphBuilder } from "../../../graph/builder.js";
import { floatAttribute, type Graph, intAttribute } from "../../../graph/graph.js";
import { inferShapes } from "../../../graph/shapes.js";

/** A copy in which Gemm has neither factors nor an addend that isn't one row for all. */
export function simplifyGemm(graph: Graph): Graph {
  if (!graph.nodes.some(({ op, domain }) => op === "Gemm" && domain === "")) return graph;
  const shapes = inferShapes(graph);
  const simple = graph.clone();
  // Made first: it is to know the names that are taken.
  const builder = new GraphBuilder(simple);
  simple.nodes = [];
  for (const node of graph.nodes) {
    if (node.op !== "Gemm" || node.domain !== "") {
      simple.nodes.push(node);
      continue;
    }
    const [a, b, c] = node.inputs;
    const [alpha, beta] = [floatAttribute(node, "alpha", 1), floatAttribute(node, "beta", 1)];
    const columns = shapes.get(node.outputs[0])?.shape[1];
    const addend = c ? shapes.get(c)?.shape : undefined;
    const isRow = addend?.length === 1 && addend[0] === columns;
    const { transA, transB } = {
      transA: intAttribute(node, "transA", 0),
      transB: intAttribute(node, "transB", 0),
    };
    const attributes = { transA, transB };
    if (alpha === 1 && (!c || (isRow && beta === 1))) {
      simple.nodes.push({ ...node, inputs: c ? [a, b, c] : [a, b], attributes });
      continue;
    }
    const { name, outputs } = node;
    const times = (value: string, factor: number, output?: string) =>
      builder.node("Mul", [value, builder.scalar(factor)], { name, outputs: output ? [output] : 1 });
    const product = builder.node("Gemm", [a, b], { name, attributes });
    const scaled = c ? (alpha === 1 ? product : times(product, alpha)) : times(product, alpha, outputs[0]);
    if (c) builder.node("Add", [scaled, beta === 1 ? c : times(c, beta)], { name, outputs });
  }
  return simple;
}
