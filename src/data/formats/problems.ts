// Problems: what is wrong with a labels file, collected and told in one report.
import { UserError } from "../../base/errors.js";

/** How many problems, and how many places of one, a report shows. */
const shownProblems = 20;
const shownPlaces = 5;

/** A row by its number (the file's line, the header being 1), or anything else by its name. */
export type Place = number | string;

export interface Problem {
  readonly sentence: string;
  /** In the order in which they were found. */
  readonly places: readonly Place[];
}

/** Collects the problems of one source. What is wrong in many rows in the same way is one problem. */
export class Problems {
  private readonly placesOf = new Map<string, Place[]>();
  private readonly remarked = new Map<string, Place[]>();
  private left = 0;
  /** Files that say what is in a picture which is not there; they stop nobody. */
  readonly strays: string[] = [];

  /** A sentence, and the place that it is about. */
  add(place: Place, sentence: string): void {
    note(this.placesOf, place, sentence);
  }

  /** As `add`, of a row that for this reason is not in the table. */
  leaveOut(place: Place, sentence: string): void {
    this.left++;
    this.add(place, sentence);
  }

  /** How many rows were left out. */
  get leftOut(): number {
    return this.left;
  }

  /** What is odd and yet can be read. */
  remark(place: Place, sentence: string): void {
    note(this.remarked, place, sentence);
  }

  /** In the order of their first rows; what concerns no row comes last. */
  get all(): readonly Problem[] {
    return inOrder(this.placesOf);
  }

  /** As `all`; they stop nobody. */
  get remarks(): readonly Problem[] {
    return inOrder(this.remarked);
  }

  /** Throws a UserError with all that was collected, if anything was. */
  throwIfAny(source: string): void {
    const found = this.all;
    if (found.length === 0) return;
    const sentences = found
      .slice(0, shownProblems)
      .map(({ sentence, places }) => `${namePlaces(places)}: ${sentence}`);
    if (found.length > shownProblems) sentences.push(`and ${found.length - shownProblems} more problems.`);
    const count = found.length === 1 ? "a problem" : `${found.length} problems`;
    throw new UserError(`${source} has ${count}:`, sentences);
  }
}

function note(placesOf: Map<string, Place[]>, place: Place, sentence: string): void {
  const places = placesOf.get(sentence);
  if (places === undefined) placesOf.set(sentence, [place]);
  else if (places.at(-1) !== place) places.push(place);
}

function inOrder(placesOf: ReadonlyMap<string, Place[]>): Problem[] {
  const first = ({ places: [place] }: Problem) => (typeof place === "number" ? place : Number.MAX_VALUE);
  return [...placesOf]
    .map(([sentence, places]) => ({ sentence, places }))
    .sort((a, b) => first(a) - first(b));
}

/** `row 4`, `rows 4, 5 and 3 more`, `a.xml and b.xml`. */
export function namePlaces(places: readonly Place[]): string {
  const names = places.slice(0, shownPlaces).map(String);
  const rest = places.length - names.length;
  const last = rest > 0 ? `${rest} more` : names.pop();
  const listed = names.length === 0 ? last : `${names.join(", ")} and ${last}`;
  if (typeof places[0] === "string") return String(listed);
  return `${places.length === 1 ? "row" : "rows"} ${listed}`;
}
