// The table of the recipes' benchmark: what each has changed, over seeds, beside the plain one.

/** One training run. */
export interface Result {
  readonly protocol: string;
  readonly network: string;
  readonly recipe: string;
  readonly seed: number;
  /** Of the best epoch, on the validation pictures. */
  readonly mAP: number;
  readonly seconds: number;
}

export interface Spread {
  readonly mean: number;
  /** The standard deviation of one value (n − 1); NaN for a single one. */
  readonly deviation: number;
  /** The standard error of the mean. */
  readonly error: number;
}

export function spread(values: readonly number[]): Spread {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = n > 1 ? Math.sqrt(squares / (n - 1)) : Number.NaN;
  return { mean, deviation, error: deviation / Math.sqrt(n) };
}

/** A recipe beside the plain one: their difference, seed by seed. Undefined where they have no seed in common. */
export function compare(recipe: readonly Result[], plain: readonly Result[]): Spread | undefined {
  const differences = recipe.flatMap(({ seed, mAP }) => {
    const other = plain.find((result) => result.seed === seed);
    return other === undefined ? [] : [mAP - other.mAP];
  });
  return differences.length === 0 ? undefined : spread(differences);
}

/** Whether a difference is more than two of its standard errors away from none. */
export const isClear = ({ mean, error }: Spread) => Math.abs(mean) > 2 * error;

const points = (value: number, digits: number) => (100 * value).toFixed(digits);
const signed = (value: number) => `${value < 0 ? "−" : "+"}${points(Math.abs(value), 2)}`;

/** A single value has no error. */
const withError = (value: string, error: number, digits: number) =>
  Number.isNaN(error) ? value : `${value} ± ${points(error, digits)}`;

/** "45.1 ± 0.2", and beside it the difference: "**+0.80 ± 0.12**", in bold where it is clear. */
export function told(recipe: readonly Result[], plain: readonly Result[]): [string, string] {
  const own = spread(recipe.map(({ mAP }) => mAP));
  const level = withError(points(own.mean, 1), own.deviation, 1);
  const difference = compare(recipe, plain);
  if (recipe === plain || difference === undefined) return [level, ""];
  const text = withError(signed(difference.mean), difference.error, 2);
  return [level, isClear(difference) ? `**${text}**` : text];
}

/** A protocol's table, in Markdown: a row for each recipe that has been run, the plain one first. */
export function table(results: readonly Result[], plain: string): string {
  const networks = [...new Set(results.map(({ network }) => network))];
  const recipes = [...new Set([plain, ...results.map(({ recipe }) => recipe)])];
  const of = (recipe: string, network: string) =>
    results.filter((result) => result.recipe === recipe && result.network === network);
  const rows = recipes.map((recipe) => {
    const cells = networks.flatMap((network) => {
      const [own, base] = [of(recipe, network), of(plain, network)];
      if (own.length === 0) return ["", ""];
      return recipe === plain ? told(base, base) : told(own, base);
    });
    return [recipe, ...cells];
  });
  const heading = ["recipe", ...networks.flatMap((network) => [network, "difference"])];
  return [heading, heading.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
