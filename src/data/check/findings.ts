// Findings: what a check has found, collected by kind.
import { type Kind, kinds, type Severity } from "./kinds.js";

/** A picture's row in one of the sets. */
export interface Place {
  readonly set: "data" | "val";
  /** Its line in the labels file, the header being line 1, or its number from 1. */
  readonly row: number;
  /** As the labels file writes it. */
  readonly image: string;
}

/** One case of a finding. */
export interface Example {
  readonly pictures?: readonly Place[];
  readonly labels?: readonly string[];
  /** What else there is to say. */
  readonly detail?: string;
}

/** A thing that is wrong with a data set, or worth knowing, and where. */
export interface Finding {
  readonly kind: Kind;
  readonly severity: Severity;
  /** What was found, with the number. */
  readonly title: string;
  readonly advice: string;
  /** How many cases there are. */
  readonly count: number;
  /** The first of them. */
  readonly examples: readonly Example[];
}

/** Pictures and labels that one example names at most: a file may name one picture a million times. */
const mostNamed = 1000;

function bounded({ pictures, labels, ...example }: Example): Example {
  return {
    ...(pictures && { pictures: pictures.slice(0, mostNamed) }),
    ...(labels && { labels: labels.slice(0, mostNamed) }),
    ...example,
  };
}

export class Findings {
  private readonly found = new Map<Kind, { count: number; readonly examples: Example[] }>();

  /** @param most examples of each kind that are kept */
  constructor(private readonly most: number) {}

  add(kind: Kind, example: Example): void {
    const found = this.found.get(kind) ?? { count: 0, examples: [] };
    this.found.set(kind, found);
    if (found.count++ < this.most) found.examples.push(bounded(example));
  }

  /** Errors first. */
  list(): Finding[] {
    return (Object.keys(kinds) as Kind[]).flatMap((kind) => {
      const { count, examples } = this.found.get(kind) ?? { count: 0, examples: [] };
      if (count === 0) return [];
      const { severity, one, many, advice } = kinds[kind];
      return [{ kind, severity, title: `${count} ${count === 1 ? one : many}`, advice, count, examples }];
    });
  }
}
