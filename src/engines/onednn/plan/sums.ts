// Sums: what optimizers do to weights (sums, products, quotients and roots of tensors), by oneDNN on all threads.
import type { Node } from "../../../graph/graph.js";
import { sizeOf } from "../../../graph/tensor.js";
import { nestOverMemory } from "../host/memory-nest.js";
import { broadcastTo, wholeOf } from "../host/views.js";
import { argument } from "../library/codes.js";
import { algorithms, propagation } from "../library/constructors.js";
import type { Layout } from "../library/layout.js";
import type { Planner } from "./planner.js";
import type { Place } from "./stores.js";

/** `factor` × what `by` names (one number each, or one for each of the first axis, known when it runs) × a tensor. */
interface Term {
  readonly tensor: string;
  readonly factor: number;
  readonly by: readonly string[];
}

/** A sum of terms; or two tensors, of which the second may be one number, combined; or a tensor's root. */
type Definition =
  | readonly Term[]
  | { readonly algorithm: number; readonly first: string; readonly second: string }
  | { readonly root: string };

/** What a value is to others. */
type Meaning = readonly Term[] | { readonly number: number } | { readonly by: string };

/** Fewer elements than that are done by JavaScript before oneDNN's threads have begun. */
const WORTH_IT = 2048;

const isTerms = (meaning: Meaning | undefined): meaning is readonly Term[] => Array.isArray(meaning);

/** The nodes as definitions, one after the other. */
class Definitions {
  /** By the value that they define, which is a tensor to the later ones. */
  readonly list = new Map<string, Definition>();
  private readonly made = new Map<string, Meaning>();

  constructor(
    private readonly planner: Planner,
    private readonly shape: readonly number[],
  ) {}

  private meaning(name: string): Meaning | undefined {
    const found = this.made.get(name);
    if (found) return found;
    const { planner, shape } = this;
    const tensor = planner.known.get(name);
    if (tensor?.data.length === 1) return { number: tensor.data[0] };
    const own = planner.shape(name);
    if (own.join() === shape.join()) return [{ tensor: name, factor: 1, by: [] }];
    const perFirst = own.length === shape.length && own[0] === shape[0] && sizeOf(own) === own[0];
    return sizeOf(own) === 1 || perFirst ? { by: name } : undefined;
  }

  /** The tensor that a value is, defined here if it is none yet. */
  private tensor(name: string, terms: readonly Term[]): string {
    const [first, ...more] = terms;
    if (more.length === 0 && first.factor === 1 && first.by.length === 0) return first.tensor;
    return this.define(name, terms);
  }

  define(name: string, definition: Definition): string {
    this.list.set(name, definition);
    this.made.set(name, [{ tensor: name, factor: 1, by: [] }]);
    return name;
  }

  /** @returns false for a node that is none of these */
  add({ op, domain, inputs: [x, y], outputs: [name] }: Node, isOutput: boolean): boolean {
    if (domain !== "") return false;
    const [a, b] = [x, y].map((input) => (input ? this.meaning(input) : undefined));
    const scaled = (terms: readonly Term[], by: number) =>
      terms.map((term) => ({ ...term, factor: term.factor * by }));
    let sum: readonly Term[] | undefined;
    if (op === "Sqrt" && isTerms(a)) this.define(name, { root: this.tensor(x, a) });
    else if ((op === "Add" || op === "Sub") && isTerms(a) && isTerms(b)) {
      sum = [...a, ...scaled(b, op === "Add" ? 1 : -1)];
    } else if (op === "Mul" && isTerms(a) !== isTerms(b)) {
      const [terms, times] = isTerms(a) ? [a, b] : [b, a];
      if (!isTerms(terms) || !times || isTerms(times)) return false;
      if ("number" in times) sum = scaled(terms, times.number);
      else sum = terms.map((term) => ({ ...term, by: [...term.by, times.by] }));
    } else {
      const algorithm = { Add: algorithms.add, Mul: algorithms.multiply, Div: algorithms.divide }[op];
      if (algorithm === undefined || !isTerms(a) || !b || "number" in b) return false;
      if ("by" in b && sizeOf(this.planner.shape(b.by)) > 1) return false;
      const first = this.tensor(x, a);
      this.define(name, { algorithm, first, second: "by" in b ? b.by : this.tensor(y, b) });
    }
    if (sum && isOutput) this.define(name, sum);
    else if (sum) this.made.set(name, sum);
    return true;
  }
}

/** The tensors that a definition reads. */
function readBy(definition: Definition): string[] {
  if ("root" in definition) return [definition.root];
  if ("algorithm" in definition) return [definition.first, definition.second];
  return definition.map(({ tensor }) => tensor);
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
  plan(output: string, definition: Definition, free: (tensor: string) => boolean): void {
    const { planner, layout, flat } = this;
    if ("root" in definition || "algorithm" in definition) {
      const tensors = [...new Set(readBy(definition))].filter(
        (name) => planner.shape(name).join() === this.shape.join(),
      );
      const places = tensors.map((name) => planner.place(name, layout));
      // In place is over the first, if any.
      const target = planner.createOver(output, layout, tensors.slice(0, 1).filter(free));
      const at = ({ block }: Place) => ({ block, layout: flat });
      if ("root" in definition) {
        this.root(at(places[0]), at(target));
        return;
      }
      const { second, algorithm } = definition;
      const operand = tensors.includes(second)
        ? at(planner.place(second, layout))
        : {
            block: planner.place(second, planner.plain(second)).block,
            layout: planner.dnnl.plain("f32", [1]),
          };
      this.combine(algorithm, at(places[0]), operand, at(target));
      return;
    }
    this.sum(output, definition, free);
  }

  private root(source: Place, target: Place): void {
    const { planner, flat } = this;
    const primitive = planner.dnnl.primitive((make, attributes) =>
      make.eltwiseForward(propagation.inference, make.algorithms.root, flat.descriptor, 0, 0, attributes),
    );
    if (!primitive) throw new Error("oneDNN has no implementation of a root.");
    planner.run(primitive, [
      [argument.source, source],
      [argument.result, target],
    ]);
  }

  private combine(algorithm: number, first: Place, second: Place, target: Place, adds = false): void {
    const { planner } = this;
    const { descriptor } = first.layout;
    const primitive = planner.dnnl.primitive(
      (make, attributes) =>
        make.binary(algorithm, descriptor, second.layout.descriptor, descriptor, attributes),
      adds ? [{ kind: "sum" }] : [],
    );
    if (!primitive) throw new Error("oneDNN has no implementation of a product.");
    planner.run(primitive, [
      [argument.source, first],
      [argument.second, second],
      [argument.result, target],
    ]);
  }

  private sum(output: string, terms: readonly Term[], free: (tensor: string) => boolean): void {
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
    this.combine(
      algorithms.multiply,
      { block: source.block, layout: whole },
      { block: operand.block, layout: part },
      { block: target.block, layout: whole },
      adds,
    );
  }
}

/**
 * Plans a group as primitives of oneDNN.
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
  const definitions = new Definitions(planner, shape);
  if (!nodes.every((node) => definitions.add(node, outputs.includes(node.outputs[0])))) return false;
  const list = [...definitions.list];
  const later = (position: number) =>
    new Set(list.slice(position + 1).flatMap(([, definition]) => readBy(definition)));
  // What is overwritten must have been read: JavaScript reads all before it writes.
  const overwritten = list.some(([output], i) => later(i).has(planner.replaces.get(output) ?? ""));
  const repeated = list.some(
    ([, definition]) =>
      !("root" in definition || "algorithm" in definition) &&
      new Set(readBy(definition)).size < definition.length,
  );
  if (overwritten || repeated || !outputs.every((output) => definitions.list.has(output))) return false;
  const summing = new Summing(planner, shape, layout);
  list.forEach(([output, definition], i) => {
    const needed = later(i);
    summing.plan(output, definition, (tensor) => !needed.has(tensor) && !outputs.includes(tensor));
  });
  return true;
}
