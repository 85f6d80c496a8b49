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
  private readonly examplesOf = new Map<Kind, Example[]>();

  add(kind: Kind, example: Example): void {
    const examples = this.examplesOf.get(kind);
    if (examples) examples.push(example);
    else this.examplesOf.set(kind, [example]);
  }

  /** Errors first. @param most examples of each */
  list(most: number): Finding[] {
    return (Object.keys(kinds) as Kind[]).flatMap((kind) => {
      const examples = this.examplesOf.get(kind) ?? [];
      if (examples.length === 0) return [];
      const { severity, one, many, advice } = kinds[kind];
      const title = `${examples.length} ${examples.length === 1 ? one : many}`;
      const shown = examples.slice(0, most).map(bounded);
      return [{ kind, severity, title, advice, count: examples.length, examples: shown }];
    });
  }
}
