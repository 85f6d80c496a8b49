// Planner: where the values of a graph lie and what is run in which order, for one set of shapes.
import type { Node } from "../../../graph/graph.js";
import { compileLoops, nestOverAxes } from "../../loops/loops.js";
import { elementOf, type HostArray, type HostTensor } from "../host/arrays.js";
import { copyIntoBlocks } from "../host/blocked.js";
import { isWhole, type View, wholeOf } from "../host/views.js";
import { argument, part } from "../library/codes.js";
import type { Dnnl } from "../library/dnnl.js";
import type { Element, Layout } from "../library/layout.js";
import type { Primitive } from "../library/primitive.js";
import { Block } from "./memory.js";
import type { Constants, Info, Place, Shared } from "./stores.js";

interface OfOperation {
  /** The operators that the step belongs to, joined by +; of what profiles tell. */
  readonly of: string;
}

export interface PrimitiveStep extends OfOperation {
  readonly kind: "primitive";
  readonly primitive: Primitive;
  readonly args: readonly (readonly [number, Place])[];
}

export interface HostStep extends OfOperation {
  readonly kind: "host";
  readonly places: readonly Place[];
  /** Makes what runs, given the arrays of `places`. */
  readonly bind: (arrays: readonly HostArray[]) => () => void;
}

export type Step = PrimitiveStep | HostStep;

/** An array that JavaScript reads: of a place, or a constant's own; and how it is walked through. */
export interface Source {
  readonly from: Place | HostArray;
  readonly view: View;
}

/** A part of the graph that plans its own steps. */
export interface Plannable {
  /** For the order and for messages. */
  readonly nodes: readonly Node[];
  readonly inputs: readonly string[];
  plan(planner: Planner): void;
}

interface Viewed {
  readonly base: string;
  readonly view: View;
}

export class Planner {
  readonly steps: Step[] = [];
  /** The operation that is being planned, for profiles. */
  private current = "";
  /** How many operations yet to be planned use a value; graph outputs and next states are never used up. */
  readonly uses = new Map<string, number>();
  /** The layouts that values had best be made in, as far as primitives have said. */
  readonly hints = new Map<string, Layout>();
  private readonly places = new Map<string, Place[]>();
  private readonly views = new Map<string, Viewed>();
  /** Of all primitives: those that a plan frees when it is given up. */
  readonly primitives = new Set<Primitive>();

  constructor(
    readonly dnnl: Dnnl,
    private readonly infos: ReadonlyMap<string, Info>,
    readonly known: ReadonlyMap<string, HostTensor>,
    readonly constants: Constants,
    /** The session's values that the graph reads or changes. */
    readonly state: Shared,
    /** What activations and their gradients are held in. */
    readonly precision: "f32" | "bf16",
    /** Next value → the state that it replaces. */
    readonly replaces: ReadonlyMap<string, string>,
  ) {}

  plan(operation: Plannable): void {
    for (const input of operation.inputs) this.uses.set(input, (this.uses.get(input) ?? 0) - 1);
    this.current = operation.nodes.map(({ op }) => op).join("+");
    operation.plan(this);
    this.current = "";
  }

  info(name: string): Info {
    const info = this.infos.get(name);
    if (!info) throw new Error(`The shape of ${name} is not known.`);
    return info;
  }

  shape(name: string): readonly number[] {
    return this.info(name).shape;
  }

  plain(name: string): Layout {
    const { type, shape } = this.info(name);
    return this.dnnl.plain(elementOf(type), shape);
  }

  /** Whether an operation, or the world outside, is yet to read a value. */
  wanted(name: string | undefined): name is string {
    return name !== undefined && (this.uses.get(name) ?? 0) > 0;
  }

  /** A layout like another one, of another element type. */
  as(element: Element, layout: Layout): Layout {
    return layout.element === element ? layout : this.dnnl.alike(element, layout.dims, layout);
  }

  /** The layout that a value was made in; undefined for constants, views, and a state that has none yet. */
  presentLayout(name: string): Layout | undefined {
    return this.views.has(name) ? undefined : this.places.get(name)?.[0].layout;
  }

  /** Says in which layout a value had best be made. */
  hint(name: string, layout: Layout): void {
    if (!this.hints.has(name) && layout.element === "f32") this.hints.set(name, layout);
  }

  /** Where a value lies already. */
  present(name: string): Place {
    if (this.known.has(name) || this.views.has(name)) return this.place(name, this.plain(name));
    if (this.state.has(name)) return this.statePlace(name, () => this.plain(name));
    const places = this.places.get(name);
    if (!places) throw new Error(`${name} is used before it is made.`);
    return places[0];
  }

  /** Where a value lies in that layout; a copy is made where it doesn't yet. */
  place(name: string, layout: Layout): Place {
    const tensor = this.known.get(name);
    if (tensor) return this.constants.place(name, tensor, layout);
    const viewed = this.views.get(name);
    if (viewed && isWhole(viewed.view)) {
      const base = this.source(name).from;
      this.views.delete(name);
      if ("block" in base) this.places.set(name, [{ block: base.block, layout: this.plain(name) }]);
      else this.copyView(name);
    }
    if (this.views.has(name)) this.copyView(name);
    const element = elementOf(this.info(name).type);
    if (this.state.has(name)) this.statePlace(name, () => this.as(element, layout));
    const places = this.places.get(name);
    if (!places) throw new Error(`${name} is used before it is made.`);
    const same = places.find((place) => place.layout === layout);
    if (same) return same;
    const first = places[0];
    const alike = places.find((place) => place.layout.plain && place.layout.element === layout.element);
    if (alike && layout.plain) {
      const place = { block: alike.block, layout };
      places.push(place);
      return place;
    }
    const place = { block: this.block(name, layout.bytes), layout };
    this.copy(first, place);
    places.push(place);
    return place;
  }

  /** Where an activation lies, as the numbers that activations are held in. */
  activation(name: string): Place {
    const place = this.present(name);
    return this.place(name, this.as(this.precision, place.layout));
  }

  /** A place for a value that is to be made. */
  create(name: string, layout: Layout, block = this.block(name, layout.bytes)): Place {
    const place = { block, layout };
    block.values.add(name);
    this.places.set(name, [place]);
    return place;
  }

  /**
   * A place for a value of which each element is computed from those at the same place in memory of `inputs`:
   * over the state that it replaces, or over an input that nobody needs any more, where that can be.
   */
  createOver(name: string, layout: Layout, inputs: readonly string[]): Place {
    const state = this.replaces.get(name);
    if (state !== undefined) {
      const place = this.statePlace(state, () => layout);
      if (place.layout === layout && this.readNoMore(place.block))
        return this.create(name, layout, place.block);
    }
    for (const input of inputs) {
      const place = this.dyingPlace(input, layout);
      if (place) return this.create(name, layout, place.block);
    }
    return this.create(name, layout);
  }

  /** Memory for what only primitives know: a workspace, … */
  extra(layout: Layout): Place {
    return { block: this.block(undefined, layout.bytes), layout };
  }

  /** Whether nothing planned later needs what a place holds, so that it may be overwritten. */
  dying({ block }: Place): boolean {
    return !block.lasts && this.readNoMore(block);
  }

  private readNoMore(block: Block): boolean {
    return [...block.values].every((name) => (this.uses.get(name) ?? 0) === 0);
  }

  private statePlace(name: string, wanted: () => Layout): Place {
    const known = this.places.get(name);
    if (known) return known[0];
    const place = this.state.place(name, () => this.hints.get(name) ?? wanted());
    place.block.values.add(name);
    this.places.set(name, [place]);
    return place;
  }

  /** The place of a value that dies with the operation that is being planned, if it has that layout. */
  dyingPlace(name: string, layout: Layout): Place | undefined {
    const place = this.places.get(name)?.find((one) => one.layout === layout);
    return place && this.dying(place) ? place : undefined;
  }

  /** Makes `name` another sight of `base`. */
  addView(name: string, base: string, view: View): void {
    const below = this.views.get(base);
    const source = below?.base ?? base;
    this.views.set(name, { base: source, view });
    for (const { block } of this.places.get(source) ?? []) block.values.add(name);
  }

  /** A value as JavaScript reads it: row-major, or a view of what is. */
  source(name: string): Source {
    const viewed = this.views.get(name);
    const base = viewed?.base ?? name;
    const view = viewed?.view ?? wholeOf(this.shape(name));
    const tensor = this.known.get(base);
    if (tensor) return { from: tensor.data, view };
    const place = this.place(base, this.plain(base));
    if (viewed) place.block.values.add(name);
    return { from: place, view };
  }

  /** The same where it has to be row-major. */
  whole(name: string): Place | HostArray {
    const { from, view } = this.source(name);
    if (isWhole(view)) return from;
    this.copyView(name);
    return this.place(name, this.plain(name));
  }

  run(primitive: Primitive, args: readonly (readonly [number, Place])[], of = this.current): void {
    this.primitives.add(primitive);
    this.steps.push({ kind: "primitive", primitive, args, of });
  }

  runHost(places: readonly Place[], bind: HostStep["bind"]): void {
    for (const { block } of places) block.host = true;
    this.steps.push({ kind: "host", places, bind, of: this.current });
  }

  /** Copies between places of the same value. */
  copy(from: Place, to: Place): void {
    let [source, target] = [from.layout, to.layout];
    if (source.element === "f64" || target.element === "f64")
      throw new Error("Doubles have one layout only.");
    // Where the shapes differ, one of them is row-major and can be told in the other's.
    if (source.dims.join() !== target.dims.join()) {
      if (source.plain) source = this.dnnl.plain(source.element, target.dims);
      else if (target.plain) target = this.dnnl.plain(target.element, source.dims);
      else {
        const between = this.extra(this.dnnl.plain(source.element, source.dims));
        this.copy(from, between);
        this.copy(between, to);
        return;
      }
    }
    if (this.dnnl.make.fillsWrongly(target)) {
      const plain = this.dnnl.plain("f32", target.dims);
      const between =
        source.plain && source.element === "f32" ? { ...from, layout: plain } : this.extra(plain);
      if (between.block !== from.block) this.copy(from, between);
      this.runHost(
        [between, { ...to, layout: target }],
        ([values, memory]) =>
          () =>
            copyIntoBlocks(target, values, memory),
      );
      return;
    }
    const args = [
      [argument.source, { block: from.block, layout: source }],
      [argument.result, { block: to.block, layout: target }],
    ] as const;
    this.run(this.dnnl.reorder(source.descriptor, target.descriptor), args, `${this.current} (copy)`);
  }

  /** The same for values of any type; those that oneDNN doesn't know are row-major. */
  copyAny(from: Place, to: Place): void {
    if (from.layout.element === "f32" || from.layout.element === "bf16") this.copy(from, to);
    else
      this.runHost(
        [from, to],
        ([source, target]) =>
          () =>
            target.set(source),
      );
  }

  private copyView(name: string): void {
    if (!this.views.has(name)) return;
    const { from, view } = this.source(name);
    this.views.delete(name);
    const place = this.create(name, this.plain(name));
    const nest = nestOverAxes(view.shape, [view, wholeOf(view.shape)]);
    const loops = compileLoops(nest, { reads: 1, writes: 1, statements: [], results: ["r0"] });
    this.runHost([...("block" in from ? [from] : []), place], (arrays) => {
      const operands = "block" in from ? arrays : [from, ...arrays];
      return () => loops(operands);
    });
  }

  private block(name: string | undefined, bytes: number): Block {
    const block = new Block(bytes);
    if (name !== undefined) block.values.add(name);
    return block;
  }
}

/** A primitive's arguments and, where it wants one, its scratchpad's layout. */
export function scratchpadOf(primitive: Primitive): Layout | undefined {
  return primitive.scratchpadBytes > 0 ? primitive.layout(part.scratchpad) : undefined;
}
