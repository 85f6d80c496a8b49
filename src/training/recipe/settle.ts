// settle: every option of a run, those that were left out by the recipe.
import { UserError } from "../../base/errors.js";
import type { Choice } from "./choice.js";
import { contradictions } from "./contradictions.js";
import type { Facts } from "./facts.js";
import type { CheckedOptions, Settings } from "./options.js";
import type { Places } from "./places.js";
import { Decisions } from "./row.js";
import { beforeFeatures, byFeatures, notes } from "./rows.js";

/** Every option, but those that depend on the size of the features. */
export type EarlySettings = Omit<Settings, "lr" | "weightDecay" | "headInit" | "headLr">;

export class Recipe {
  private readonly decisions: Decisions;
  readonly early: EarlySettings;
  /**
   * Whether the rest depends on the size of the features, which is to be measured then. Who sets rate and decay wants a
   * single layer as it is.
   */
  readonly needsFeatures: boolean;
  /** Options that cannot go together, a sentence each. */
  readonly problems: readonly string[];

  constructor(options: CheckedOptions, facts: Facts, places: Places) {
    this.decisions = new Decisions(options, facts, places, [...beforeFeatures, ...byFeatures]);
    this.decisions.decide(beforeFeatures);
    const { known, settings } = this.decisions;
    this.early = settings;
    this.problems = contradictions(options, {
      ...this.early,
      headOnly: known.headOnly,
      untrainable: facts.untrainable,
    });
    const { lr, weightDecay } = options;
    this.needsFeatures =
      known.epochs > 0 &&
      (known.headOnly || known.pretrained) &&
      (known.head === "mlp" || lr === undefined || weightDecay === undefined);
  }

  /** Settles the rest. @throws UserError with all options that do not go together */
  settle(features: number | undefined): { settings: Settings; choices: Choice[] } {
    if (this.problems.length > 0)
      throw new UserError("These options do not go together:", this.problems, { code: "OPTIONS" });
    const { decisions } = this;
    decisions.learn({ featureScale: features });
    decisions.decide(byFeatures);
    const told = notes
      .filter(({ when }) => when(decisions.known))
      .map(({ option, reason }): Choice => ({ option, value: null, reason }));
    return { settings: decisions.settings, choices: [...decisions.choices, ...told] };
  }
}
