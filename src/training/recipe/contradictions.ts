// Contradictions: options that are right each by itself and cannot go together with what is given, or chosen, beside them.
import type { CheckedOptions, Settings } from "./options.js";

type Given = Partial<CheckedOptions>;

/** What the options meet. */
interface Met extends Pick<Settings, "freeze" | "augment" | "size" | "epochs" | "optimizer" | "warmup"> {
  /** Whether the classifier alone learns. */
  headOnly: boolean;
  /** Why the backbone cannot be trained, where that is so. */
  untrainable: string | undefined;
}

/** A sentence for each. */
export function contradictions(options: Given, met: Met): string[] {
  return [untrainable, momentum, warmup, unfreeze, progressive, views].flatMap(
    (find) => find(options, met) ?? [],
  );
}

function untrainable({ freeze }: Given, { untrainable }: Met): string | undefined {
  if (untrainable === undefined || freeze === undefined || freeze === "backbone") return undefined;
  return (
    `--freeze ${freeze} would train what can't be trained: ${untrainable} Leave out --freeze, or give --freeze backbone: ` +
    "then the network is run as it is, and its features are learned from."
  );
}

function momentum({ momentum }: Given, { optimizer }: Met): string | undefined {
  if (momentum === undefined || optimizer === "sgd") return undefined;
  return "--momentum belongs to --optimizer sgd; adamw has its own. Leave one of them out.";
}

function warmup(_: Given, { warmup, epochs }: Met): string | undefined {
  if (warmup <= epochs) return undefined;
  return `--warmup ${warmup} epochs are more than --epochs ${epochs}. Shorten it, or train for longer.`;
}

function unfreeze({ unfreeze }: Given, { freeze, headOnly }: Met): string | undefined {
  if (unfreeze === undefined || !headOnly) return undefined;
  return (
    `--unfreeze has nothing to unfreeze where --freeze ${freeze} leaves the classifier alone to learn. ` +
    "Choose what is to learn in the end: --freeze none, or a module such as --freeze layer3."
  );
}

function progressive({ progressive }: Given, { size, epochs }: Met): string | undefined {
  if (progressive === undefined) return undefined;
  if (progressive >= size) {
    return (
      `--progressive ${progressive} is where pictures begin to grow, and --size ${size} where they end: it has to be ` +
      "below that."
    );
  }
  if (epochs !== 1) return undefined;
  return "--progressive needs two epochs or more to grow in. Give more --epochs, or leave it out.";
}

function views(options: Given, { freeze, augment }: Met): string | undefined {
  if (options.views === undefined) return undefined;
  const mixes = options.mixup !== undefined || options.cutmix !== undefined;
  const problem =
    augment === "none" && options.randAugment === undefined
      ? "nothing is augmented here. Give --augment light or standard, or --rand-augment"
      : freeze === "none"
        ? "nothing is frozen here. Give --freeze backbone, or a module"
        : mixes
          ? "pictures that are mixed are new in each epoch. Leave out --mixup and --cutmix"
          : undefined;
  if (problem === undefined) return undefined;
  return (
    `--views keeps what the frozen part gives for several augmented views of each picture, and ${problem}; or leave ` +
    "out --views."
  );
}
