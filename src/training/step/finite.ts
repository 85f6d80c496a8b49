// Finite: a graph that looks whether a session's values are still numbers, so that none of them has to be read.
import { GraphBuilder } from "../../graph/builder.js";
import { Graph } from "../../graph/graph.js";

/** Sums of squares are finite where all that is summed is, short of 10¹⁹, to which no weight comes that is of use. */
export function finiteGraph(...parts: readonly Graph[]): { graph: Graph; names: readonly string[] } {
  const graph = new Graph();
  graph.name = "finite";
  for (const { state, initializers } of parts) {
    for (const name of state.keys()) {
      const value = initializers.get(name);
      if (value?.type !== "float32") continue;
      graph.initializers.set(name, value);
      graph.state.set(name, name);
    }
  }
  const names = [...graph.state.keys()];
  const builder = new GraphBuilder(graph);
  const axes = builder.ints([0], "finite.axes");
  const sums = names.map((name) => {
    const sum = builder.node("ReduceSumSquare", [name], {
      name: "finite.square",
      attributes: { keepdims: 0 },
    });
    return builder.node("Unsqueeze", [sum, axes], { name: "finite.sum" });
  });
  const all = builder.node("Concat", sums, { name: "finite", attributes: { axis: 0 } });
  builder.output({ name: all, type: "float32", shape: [names.length] });
  return { graph, names };
}
