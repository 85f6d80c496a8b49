// Facts: what the defaults of a run depend on, beside its other options.
import type { CheckedOptions, Settings } from "./options.js";

export interface Facts {
  /** How many images there are to learn from. */
  readonly imageCount: number;
  /** The machine's cores. */
  readonly cores: number;
  /** Whether the backbone has learned something before. */
  readonly pretrained: boolean;
  /** The side of the images that the backbone, or its weights, are meant for, in pixels. */
  readonly nativeSize: number;
  /** `transformer`: it has attention. */
  readonly architecture: "transformer" | "convolutional";
  /** Why the backbone cannot be trained, where that is so. */
  readonly untrainable?: string;
  /** Whether it has BatchNormalizations. */
  readonly normalizes: boolean;
  /** The root of the mean square of its features, where that was measured. */
  readonly featureScale?: number;
  /** Whether the network has a module of that name. */
  hasModule(name: string): boolean;
  /** Whether all of the backbone is frozen with that module. */
  isWholeBackbone(name: string): boolean;
}

/** What follows from facts and from options that are settled. */
export interface Derived {
  /** Whether the classifier alone learns. */
  readonly headOnly: boolean;
  /** Whether each epoch has new images, so that even a frozen part runs in each. */
  readonly drawsAnew: boolean;
  /**
   * The option that says that the user has a recipe in mind: those of others are meant for one layer and plain targets.
   */
  readonly ownRecipe: "optimizer" | "momentum" | "weightDecay" | undefined;
  /** Whether the recipe is the one that was measured to be best (docs/measurements/recipes.md). */
  readonly bestRecipe: boolean;
  /** Whether it is a pretrained transformer, more of which learns than the classifier. */
  readonly tunesTransformer: boolean;
}

/**
 * What a row of the recipe may look at: facts, the options that the user gave, and the values of options that rows above
 * it have settled. Reading one that is not settled yet is an error.
 */
export type Known = Facts & Derived & { readonly given: Partial<CheckedOptions> } & Settings;

/** Adds what follows; each is worked out when it is asked for. */
export function addDerived(known: object): void {
  const all = known as Known;
  const add = <K extends keyof Derived>(name: K, get: () => Derived[K]) =>
    Object.defineProperty(known, name, { get, enumerable: true });
  add("headOnly", () => all.freeze === "backbone" || all.isWholeBackbone(all.freeze));
  add("drawsAnew", () => {
    const { mixup, cutmix, randAugment, views } = all.given;
    return [mixup, cutmix, randAugment, views].some((option) => option !== undefined);
  });
  add("ownRecipe", () =>
    (["optimizer", "momentum", "weightDecay"] as const).find((name) => all.given[name] !== undefined),
  );
  add("bestRecipe", () => all.pretrained && all.ownRecipe === undefined);
  add("tunesTransformer", () => all.pretrained && !all.headOnly && all.architecture === "transformer");
}
