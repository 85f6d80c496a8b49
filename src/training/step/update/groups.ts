// Groups: weights that share the optimizer's scalars, since they learn at one rate and began together.
import type { GraphBuilder } from "../../../graph/builder.js";
import type { Optimizer } from "../optimizers/optimizer.js";

export interface GroupOptions {
  /** By weight, the factor of the learning rate; default 1. */
  factors?: ReadonlyMap<string, number>;
  /** By weight, the optimizer's steps that the run had done when the weight began to train; default 0. */
  since?: ReadonlyMap<string, number>;
}

/** PyTorch's parameter group, as far as its scalars go. */
export interface Group {
  readonly factor: number;
  readonly since: number;
  /** The inputs of the graph that hold the optimizer's scalars, by the optimizer's names. */
  readonly scalars: Readonly<Record<string, string>>;
}

export class Groups {
  private readonly known = new Map<string, Group>();

  constructor(
    private readonly builder: GraphBuilder,
    private readonly optimizer: Optimizer,
    private readonly options: GroupOptions,
  ) {}

  all(): Group[] {
    return [...this.known.values()];
  }

  /** The group of a weight; its inputs are made when its first weight asks for them. */
  of(weight: string): Group {
    const factor = this.options.factors?.get(weight) ?? 1;
    const since = this.options.since?.get(weight) ?? 0;
    const key = `${factor} ${since}`;
    const group = this.known.get(key) ?? { factor, since, scalars: this.inputs() };
    this.known.set(key, group);
    return group;
  }

  private inputs(): Record<string, string> {
    const { builder, optimizer } = this;
    const names = Object.keys(optimizer.scalars(optimizer.learningRate, 1));
    return Object.fromEntries(
      names.map((name) => {
        const input = builder.fresh(`${optimizer.name}.${name}`);
        return [name, builder.input({ name: input, type: "float32", shape: [] })];
      }),
    );
  }
}

/** What the inputs of the groups are fed in the optimizer's step `step` (from 1) of the run. */
export function scalarsOf(
  groups: readonly Group[],
  optimizer: Optimizer,
  learningRate: number,
  step: number,
): [name: string, value: number][] {
  return groups.flatMap(({ factor, since, scalars }) =>
    Object.entries(optimizer.scalars(learningRate * factor, step - since)).map(
      ([name, value]): [string, number] => [scalars[name], value],
    ),
  );
}
