// Plan: a graph made ready to run for one set of shapes.
import type { Graph } from "../../../graph/graph.js";
import { inferShapes } from "../../../graph/shapes.js";
import { sizeOf, type Tensor } from "../../../graph/tensor.js";
import { operationsIn } from "../../../graph/work.js";
import { changesOf, type Tensors } from "../../engine.js";
import { arrayOver, copyIn, type HostArray, type HostTensor, toTensor } from "../host/arrays.js";
import { argument } from "../library/codes.js";
import type { Dnnl, Region } from "../library/dnnl.js";
import { elementBytes } from "../library/layout.js";
import type { Handle } from "../library/native.js";
import { evaluate } from "./known.js";
import { operationsOf } from "./match.js";
import { Block, type Lasting, layOut } from "./memory.js";
import { Patterns } from "./operation.js";
import { Planner, type Step, scratchpadOf } from "./planner.js";
import type { Constants, Info, Lent, Place, State } from "./stores.js";

/** Memory that the plans of a session take turns in using. */
export class Arena {
  region: Region;

  constructor(private readonly dnnl: Dnnl) {
    this.region = dnnl.allocate(0);
  }

  reserve(bytes: number): void {
    if (bytes <= this.region.bytes) return;
    this.region.free();
    this.region = this.dnnl.allocate(bytes);
  }

  free(): void {
    this.region.free();
  }
}

export interface Surroundings {
  readonly dnnl: Dnnl;
  /** What does not depend on shapes. */
  readonly known: ReadonlyMap<string, HostTensor>;
  /** The values of which there is one for each image. */
  readonly batched: ReadonlySet<string>;
  readonly constants: Constants;
  readonly state: State;
  readonly precision: "f32" | "bf16";
  /** As many as a plan may use. */
  readonly threads: number;
  /** For what only primitives touch, and for what JavaScript does too. */
  readonly arenas: { readonly device: Arena; readonly host: Arena };
}

/**
 * Less arithmetic than this, about a millisecond's, is done in one thread: to wake others for each primitive takes longer
 * than they save.
 */
const WORTH_THREADS = 2e7;

/** Is told of each step how long it took, in milliseconds. */
export type Watch = (step: Step, milliseconds: number) => void;

function watched(runs: readonly (() => void)[], steps: readonly Step[], watch: Watch): void {
  runs.forEach((run, i) => {
    const begun = performance.now();
    run();
    watch(steps[i], performance.now() - begun);
  });
}

/** The graph with its inputs' shapes known. */
function withShapes(graph: Graph, shapes: ReadonlyMap<string, readonly number[]>): Graph {
  const concrete = graph.clone();
  concrete.inputs = graph.inputs.map((input) => ({ ...input, shape: shapes.get(input.name) ?? input.shape }));
  return concrete;
}

export class Plan {
  private readonly steps: readonly Step[];
  private readonly threads: number;
  private readonly inputs = new Map<string, Place>();
  private readonly outputs = new Map<string, Place | HostArray>();
  /** Steps that replace the session's values when the outputs have been read. */
  private readonly updates: readonly Step[];
  /** Values that do not last: they lie in the arena until the next run. */
  private readonly lends: readonly (readonly [name: string, lent: Lent, block: Block])[];
  /** Memory of other programs' values, which may lie elsewhere in each run. */
  private readonly borrowed: readonly Lasting[];
  private readonly infos: ReadonlyMap<string, Info>;
  private readonly size: { device: number; host: number };
  private readonly scratch: Block;
  private readonly memories = new Map<string, { handle: Handle; block: Block }>();
  private readonly planner: Planner;
  private bound: { runs: (() => void)[]; updates: (() => void)[]; at: bigint[] } | undefined;

  constructor(
    graph: Graph,
    shapes: ReadonlyMap<string, readonly number[]>,
    private readonly around: Surroundings,
    /** The inputs that runs are given; the others are the session's values. */
    given: ReadonlySet<string>,
  ) {
    const concrete = withShapes(graph, shapes);
    const infos = new Map<string, Info>();
    for (const [name, { type, shape }] of inferShapes(concrete))
      infos.set(name, { type, shape: shape.map(Number) });
    this.infos = infos;
    const known = new Map(around.known);
    concrete.nodes = evaluate(concrete.nodes, (name) => infos.get(name), known);
    const info = (name: string): Info => {
      const found = infos.get(name);
      if (!found) throw new Error(`The shape of ${name} is not known.`);
      return found;
    };
    const patterns = new Patterns(
      concrete,
      (name) => info(name).shape,
      (name) => info(name).type,
      known,
      around.batched,
    );
    const operations = operationsOf(patterns);
    const work = operationsIn(concrete.nodes, (name) => infos.get(name)?.shape);
    this.threads = work < WORTH_THREADS ? 1 : around.threads;
    around.dnnl.useThreads(this.threads);

    const { dnnl, constants, state, precision } = around;
    const changes = [...changesOf(graph)];
    const lasting = changes.filter(([name]) => !state.isLent(name));
    const stateOf = new Map(lasting.map(([name, next]) => [next, name]));
    const read = graph.inputs.map(({ name }) => name).filter((name) => !given.has(name));
    const shared = state.only(new Set([...read, ...graph.state.keys()]));
    const planner = new Planner(dnnl, infos, known, constants, shared, precision, stateOf);
    this.planner = planner;
    const use = (name: string) => planner.uses.set(name, (planner.uses.get(name) ?? 0) + 1);
    for (const { inputs } of operations) inputs.forEach(use);
    for (const { name } of graph.outputs) use(name);
    for (const next of graph.state.values()) use(next);
    for (const { name } of graph.inputs) {
      if (!given.has(name)) continue;
      const place = planner.create(name, planner.plain(name));
      place.block.host = true;
      this.inputs.set(name, place);
    }
    for (const operation of operations) operation.prepare?.(planner);
    for (const operation of operations) planner.plan(operation);
    for (const { name } of graph.outputs) this.outputs.set(name, planner.whole(name));
    const last = planner.steps.length;
    this.finishState(lasting, planner);
    this.lends = changes
      .filter(([name]) => state.isLent(name))
      .map(([name, next]) => {
        const place = this.placeToLend(next, planner);
        return [name, this.lent(info(next), place), place.block];
      });
    this.borrowed = read.flatMap((name) => {
      const { region } = planner.present(name).block;
      return region ? [region] : [];
    });
    this.steps = planner.steps.slice(0, last);
    this.updates = planner.steps.slice(last);

    const scratchpads = planner.steps.map((step) =>
      step.kind === "primitive" ? step.primitive.scratchpadBytes : 0,
    );
    this.scratch = new Block(Math.max(64, ...scratchpads));
    this.size = this.layOutBlocks(planner.steps);
  }

  /** Where a value lies that is to stay until the next run: in the arena, and as nothing else's. */
  private placeToLend(next: string, planner: Planner): Place {
    const place = planner.known.has(next) ? planner.place(next, planner.plain(next)) : planner.present(next);
    if (!place.block.lasts) return place;
    const copy = planner.extra(place.layout);
    planner.copyAny(place, copy);
    return copy;
  }

  private lent(info: Info, { block, layout }: Place): Lent {
    const { arenas } = this.around;
    const arena = () => (block.host ? arenas.host : arenas.device).region;
    const region: Lasting = {
      get address() {
        return arena().address + BigInt(block.offset);
      },
      get buffer() {
        return arena().buffer;
      },
      get offset() {
        return block.offset;
      },
    };
    return { info, layout, region };
  }

  /** Plans the copies of next values that could not be computed in place. */
  private finishState(changes: readonly (readonly [string, string])[], planner: Planner): void {
    const { state } = this.around;
    const copies: [Place, Place][] = [];
    for (const [name, next] of changes) {
      const target = state.place(name, () => planner.presentLayout(next) ?? planner.plain(name));
      const source = planner.known.has(next)
        ? planner.place(next, planner.plain(next))
        : planner.present(next);
      if (source.block === target.block) continue;
      if (!source.block.lasts || planner.known.has(next)) copies.push([source, target]);
      else {
        // Another state's present value: it may be replaced before it is copied.
        const between = planner.extra(source.layout);
        planner.copyAny(source, between);
        copies.push([between, target]);
      }
    }
    for (const [source, target] of copies) planner.copyAny(source, target);
  }

  private layOutBlocks(steps: readonly Step[]): { device: number; host: number } {
    const blocks = new Set<Block>([this.scratch]);
    const used = ({ block }: Place, step: number) => {
      blocks.add(block);
      block.usedAt(step);
    };
    const end = steps.length + 1;
    for (const place of this.inputs.values()) used(place, 0);
    steps.forEach((step, i) => {
      const places = step.kind === "primitive" ? step.args.map(([, place]) => place) : step.places;
      for (const place of places) used(place, i + 1);
    });
    for (const output of this.outputs.values()) {
      if (!("block" in output)) continue;
      used(output, end);
      output.block.host = true;
    }
    for (const [, { layout }, block] of this.lends) used({ block, layout }, end);
    this.scratch.usedAt(0);
    this.scratch.usedAt(end);
    const passing = [...blocks].filter((block) => !block.lasts);
    return {
      device: layOut(passing.filter((block) => !block.host)),
      host: layOut(passing.filter((block) => block.host)),
    };
  }

  /** Runs once; the session's values are the next ones then. @param fetch the outputs that are wanted */
  run(tensors: Tensors, fetch: readonly string[], watch?: Watch): Tensors {
    this.around.dnnl.useThreads(this.threads);
    const { runs, updates } = this.bind();
    for (const [name, place] of this.inputs) copyIn(tensors[name], this.array(place));
    if (watch) watched(runs, this.steps, watch);
    else for (const run of runs) run();
    const results: [string, Tensor][] = [];
    for (const [name, output] of this.outputs) {
      if (fetch.includes(name)) results.push([name, this.read(name, output)]);
    }
    for (const update of updates) update();
    for (const [name, lent] of this.lends) this.around.state.lend(name, lent);
    return Object.fromEntries(results);
  }

  free(): void {
    for (const { handle } of this.memories.values()) this.around.dnnl.functions.destroyMemory(handle);
    for (const primitive of this.planner.primitives) primitive.destroy();
  }

  private read(name: string, from: Place | HostArray): Tensor {
    const info = this.infos.get(name);
    if (!info) throw new Error(`The shape of ${name} is not known.`);
    const array = "block" in from ? this.array(from) : from;
    return toTensor({ ...info, data: array.subarray(0, sizeOf(info.shape)) });
  }

  private address({ region, host, offset }: Block): bigint {
    const { arenas } = this.around;
    return region ? region.address : (host ? arenas.host : arenas.device).region.address + BigInt(offset);
  }

  private array({ block, layout }: Place): HostArray {
    const count = layout.bytes / elementBytes[layout.element];
    const { region, offset } = block;
    return arrayOver(
      layout.element,
      (region ?? this.around.arenas.host.region).buffer,
      region ? (region.offset ?? 0) : offset,
      count,
    );
  }

  /** Ties the steps to memory, again where that has moved. */
  private bind(): { runs: (() => void)[]; updates: (() => void)[] } {
    const { arenas, dnnl } = this.around;
    arenas.device.reserve(this.size.device);
    arenas.host.reserve(this.size.host);
    const at = [
      arenas.device.region.address,
      arenas.host.region.address,
      ...this.borrowed.map(({ address }) => address),
    ];
    if (this.bound?.at.every((address, i) => address === at[i])) return this.bound;
    for (const { handle, block } of this.memories.values())
      dnnl.functions.moveMemory(handle, this.address(block));
    const runs = this.steps.map((step) => this.bindStep(step));
    const updates = this.updates.map((step) => this.bindStep(step));
    this.bound = { runs, updates, at };
    return this.bound;
  }

  private bindStep(step: Step): () => void {
    if (step.kind === "host") return step.bind(step.places.map((place) => this.array(place)));
    const { dnnl } = this.around;
    const { primitive } = step;
    const args = step.args.flatMap(([index, place]) => [BigInt(index), this.memory(place)]);
    const scratchpad = scratchpadOf(primitive);
    if (scratchpad)
      args.push(BigInt(argument.scratchpad), this.memory({ block: this.scratch, layout: scratchpad }));
    const list = BigUint64Array.from(args);
    return () => dnnl.execute(primitive, list);
  }

  private readonly ids = new Map<object, number>();

  private memory({ block, layout }: Place): Handle {
    const id = (of: object) => {
      const known = this.ids.get(of) ?? this.ids.size;
      this.ids.set(of, known);
      return known;
    };
    const key = `${id(block)} ${id(layout)}`;
    const known = this.memories.get(key);
    if (known) return known.handle;
    const handle = this.around.dnnl.memory(layout.descriptor, this.address(block));
    this.memories.set(key, { handle, block });
    return handle;
  }
}
