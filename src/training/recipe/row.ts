// Row: one line of the recipe: an option, when it holds, the value and the reason.
import type { Choice } from "./choice.js";
import { addDerived, type Facts, type Known } from "./facts.js";
import type { CheckedOptions, Settings, TrainOptions } from "./options.js";

/** Of an option's rows the first that holds decides. */
export interface Row<K extends keyof Settings = keyof Settings> {
  /** Left out: always. */
  readonly when?: (known: Known) => boolean;
  readonly value: NonNullable<Settings[K]> | ((known: Known) => NonNullable<Settings[K]>);
  /** Why, for people; left out where there is nothing to say. */
  readonly why?: string | ((known: Known) => string);
}

export interface OptionRows {
  readonly option: keyof Settings;
  readonly rows: readonly Row[];
}

/** The rows of an option. Where none holds, it stays as the user gave it. */
export function option<K extends keyof Settings>(name: K, ...rows: Row<K>[]): OptionRows {
  return { option: name, rows: rows as unknown as readonly Row[] };
}

/** Something to say of an option that the user gave. */
export interface Note {
  readonly option: keyof TrainOptions;
  readonly when: (known: Known) => boolean;
  readonly reason: string;
}

/** Settles options in the order of the tables. */
export class Decisions {
  readonly choices: Choice[] = [];
  readonly known: Known;
  private readonly settled: Record<string, unknown>;

  /** @param tables all that will be decided */
  constructor(given: CheckedOptions, facts: Facts, places: Partial<Settings>, tables: readonly OptionRows[]) {
    this.settled = { ...places };
    const known = { given, ...facts };
    for (const { option: name } of tables) {
      Object.defineProperty(known, name, {
        configurable: true,
        get: () => {
          throw new Error(`${name} is not settled yet: its rows stand below those that ask for it.`);
        },
      });
    }
    addDerived(known);
    this.known = known as unknown as Known;
  }

  /** Adds a fact that is known only now. */
  learn(facts: Partial<Facts>): void {
    Object.assign(this.known, facts);
  }

  decide(tables: readonly OptionRows[]): void {
    for (const { option: name, rows } of tables) {
      const value = (this.known.given as Partial<Settings>)[name] ?? this.chosen(name, rows);
      Object.defineProperty(this.known, name, { value, configurable: true });
      if (value !== undefined) this.settled[name] = value;
    }
  }

  /** What was settled. */
  get settings(): Settings {
    return { ...this.settled } as unknown as Settings;
  }

  private chosen(name: keyof Settings, rows: readonly Row[]): unknown {
    const { known } = this;
    const row = rows.find(({ when = () => true }) => when(known));
    if (row === undefined) return undefined;
    const value: unknown = typeof row.value === "function" ? row.value(known) : row.value;
    const reason = typeof row.why === "function" ? row.why(known) : row.why;
    if (reason !== undefined) this.choices.push({ option: name, value: value as Choice["value"], reason });
    return value;
  }
}
