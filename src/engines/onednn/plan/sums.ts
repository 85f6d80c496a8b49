// Sums: groups that only add tensors, times numbers, are what optimizers do to weights: oneDNN computes them on all threads.
import type { Node } from "../../../graph/graph.js";
import { sizeOf } from "../../../graph/tensor.js";
import { nestOverMemory } from "../host/memory-nest.js";
import { broadcastTo, wholeOf } from "../host/views.js";
import { algorithms } from "../library/constructors.js";
import type { Layout } from "../library/layout.js";
import { argument } from "../library/primitive.js";
import type { Planner } from "./planner.js";
import type { Place } from "./stores.js";

/** `factor` × the product of what `by` names (known when it runs: one number, or one for each of the first axis) × a tensor. */
interface Term {
  readonly tensor: string;
  readonly factor: number;
  readonly by: readonly string[];
}

/** Fewer elements than that are done by JavaScript before oneDNN's threads have begun. */
const WORTH_IT = 2048;

const addends: Record<string, readonly number[]> = { Add: [1, 1], Sub: [1, -1] };

/** The group's outputs as sums of terms, an earlier output being a tensor to later ones; undefined if they are more. */
function sumsOf(
  planner: Planner,
  nodes: readonly Node[],
  shape: readonly number[],
  outputs: readonly string[],
): Map<string, readonly Term[]> | undefined {
  const made = new Map<string, readonly Term[] | { readonly number: number } | { readonly by: string }>();
  const meaningOf = (name: string) => {
    const found = made.get(name);
    if (found) return found;
    const tensor = planner.known.get(name);
    if (tensor?.data.length === 1) return { number: tensor.data[0] };
    const own = planner.shape(name);
    if (own.join() === shape.join()) return [{ tensor: name, factor: 1, by: [] }];
    const perFirst = own.length === shape.length && own[0] === shape[0] && sizeOf(own) === own[0];
    return sizeOf(own) === 1 || perFirst ? { by: name } : undefined;
  };
  const sums = new Map<string, readonly Term[]>();
  for (const { op, domain, inputs, outputs: results } of nodes) {
    if (domain !== "" || inputs.length !== 2) return undefined;
    const [a, b] = inputs.map(meaningOf);
    const signs = addends[op];
    let result: readonly Term[] | undefined;
    if (signs && Array.isArray(a) && Array.isArray(b)) {
      result = [...a, ...b.map((term: Term) => ({ ...term, factor: term.factor * signs[1] }))];
    } else if (op === "Mul" && a && b) {
      const [terms, times] = Array.isArray(a) ? [a as readonly Term[], b] : [b, a];
      if (!Array.isArray(terms)) return undefined;
      if ("number" in times) result = terms.map((term) => ({ ...term, factor: term.factor * times.number }));
      else if ("by" in times) result = terms.map((term) => ({ ...term, by: [...term.by, times.by] }));
    }
    if (!result) return undefined;
    const [name] = results;
    if (outputs.includes(name)) sums.set(name, result);
    made.set(name, outputs.includes(name) ? [{ tensor: name, factor: 1, by: [] }] : result);
  }
  return sums;
}

class Summing {
  private readonly flat: Layout;

  constructor(
    private readonly planner: Planner,
    private readonly shape: readonly number[],
    private readonly layout: Layout,
  ) {
    this.flat = planner.dnnl.plain("f32", [layout.bytes / 4]);
  }

  /** @param free the tensors that may be overwritten */
  plan(output: string, terms: readonly Term[], free: (tensor: string) => boolean): void {
    const { planner, layout } = this;
    const plain = terms.filter(({ by }) => by.length === 0);
    const products = terms.filter(({ by }) => by.length > 0);
    if (plain.length === 0 && products.length === 1) {
      this.product(products[0], output);
      return;
    }
    const sources = plain.map(({ tensor, factor }) => ({ place: planner.place(tensor, layout), factor }));
    const scaled = products.map((term) => ({ term, over: free(term.tensor) }));
    const [last] = scaled;
    const accumulates =
      scaled.length === 1 && sources.length === 1 && sources[0].factor === 1 && last.term.by.length === 1;
    if (!accumulates) {
      for (const { term, over } of scaled) {
        sources.push({ place: this.product({ ...term, factor: 1 }, undefined, over), factor: term.factor });
      }
    }
    const target = planner.createOver(
      output,
      layout,
      plain.map(({ tensor }) => tensor).filter((tensor) => free(tensor)),
    );
    if (accumulates && sources[0].place.block === target.block) {
      this.times(planner.place(last.term.tensor, layout), last.term.by[0], last.term.factor, target, true);
      return;
    }
    if (accumulates) {
      sources.push({
        place: this.product({ ...last.term, factor: 1 }, undefined, last.over),
        factor: last.term.factor,
      });
    }
    // The result may lie over the first of them only.
    sources.sort((a, b) => Number(b.place.block === target.block) - Number(a.place.block === target.block));
    const { descriptor } = this.flat;
    const primitive = planner.dnnl.primitive((make, attributes) =>
      make.sum(
        descriptor,
        Float32Array.from(sources, ({ factor }) => factor),
        sources.map(() => descriptor),
        attributes,
      ),
    );
    if (!primitive) throw new Error("oneDNN has no implementation of a sum.");
    planner.run(primitive, [
      ...sources.map(
        ({ place: { block } }, i) => [argument.sources + i, { block, layout: this.flat }] as const,
      ),
      [argument.result, { block: target.block, layout: this.flat }],
    ]);
  }

  /** A product as a value of its own; over its tensor, if that may be. */
  private product({ tensor, factor, by }: Term, output: string | undefined, over = false): Place {
    const { planner, layout } = this;
    let source = planner.place(tensor, layout);
    const target =
      output !== undefined
        ? planner.createOver(output, layout, [tensor])
        : over && planner.dying(source)
          ? source
          : planner.extra(layout);
    by.forEach((name, i) => {
      this.times(source, name, i === 0 ? factor : 1, target, false);
      source = target;
    });
    return target;
  }

  /** target = source × by × factor, or that added to it. */
  private times(source: Place, by: string, factor: number, target: Place, adds: boolean): void {
    const { planner, layout, shape } = this;
    const { dnnl } = planner;
    let operand = planner.place(by, planner.plain(by));
    if (factor !== 1) {
      const scaled = planner.extra(operand.layout);
      planner.runHost([operand, scaled], ([from, to]) => () => {
        for (let i = 0; i < to.length; i++) to[i] = from[i] * factor;
      });
      operand = scaled;
    }
    const own = planner.shape(by);
    let [whole, part] = [this.flat, dnnl.plain("f32", [1])];
    if (sizeOf(own) > 1) {
      const walk = broadcastTo(wholeOf(own), shape);
      const { counts, steps } = nestOverMemory(layout, [undefined, walk]);
      whole = dnnl.strided("f32", counts, steps[0]);
      part = dnnl.strided(
        "f32",
        counts.map((count, i) => (steps[1][i] === 0 ? 1 : count)),
        steps[1].map((step) => Math.max(1, step)),
      );
    }
    const primitive = dnnl.primitive(
      (make, attributes) =>
        make.binary(algorithms.multiply, whole.descriptor, part.descriptor, whole.descriptor, attributes),
      adds ? [{ kind: "sum" }] : [],
    );
    if (!primitive) throw new Error("oneDNN has no implementation of a product.");
    planner.run(primitive, [
      [argument.source, { block: source.block, layout: whole }],
      [argument.second, { block: operand.block, layout: part }],
      [argument.result, { block: target.block, layout: whole }],
    ]);
  }
}

/**
 * Plans a group as oneDNN's sums and products.
 * @param layout what the tensors of the group's shape are in
 * @returns false, and nothing is planned, for a group that is small or computes more than that
 */
export function planSums(
  planner: Planner,
  nodes: readonly Node[],
  shape: readonly number[],
  outputs: readonly string[],
  layout: Layout,
): boolean {
  if (sizeOf(shape) < WORTH_IT || layout.element !== "f32" || layout.dims.join() !== shape.join())
    return false;
  if (4 * layout.padded.reduce((product, n) => product * n, 1) !== layout.bytes) return false;
  const sums = sumsOf(planner, nodes, shape, outputs);
  if (!sums || sums.size !== outputs.length) return false;
  const list = [...sums];
  const later = (position: number) =>
    new Set(list.slice(position + 1).flatMap(([, terms]) => terms.map(({ tensor }) => tensor)));
  // What is overwritten must have been read: JavaScript reads all before it writes.
  const overwritten = list.some(([output], i) => later(i).has(planner.replaces.get(output) ?? ""));
  const repeated = list.some(([, terms]) => new Set(terms.map(({ tensor }) => tensor)).size < terms.length);
  if (overwritten || repeated) return false;
  const summing = new Summing(planner, shape, layout);
  list.forEach(([output, terms], i) => {
    const needed = later(i);
    summing.plan(output, terms, (tensor) => !needed.has(tensor) && tensor !== output);
  });
  return true;
}
