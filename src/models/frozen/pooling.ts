// Pooling: from what a network gives, a vector, tokens or a map, to one row of features for each image.
import { UserError } from "../../base/errors.js";
import type { GraphBuilder } from "../../graph/builder.js";

/** How tokens become one row: the class token, or the mean of those of the patches. */
export type TokenPooling = "cls" | "mean";

/** What a value is, by its shape. */
export type Kind =
  | { readonly kind: "row"; readonly width: number }
  | { readonly kind: "map"; readonly width: number; readonly channelsLast: boolean }
  /** `leading` tokens stand before those of the patches: the class token, and registers. */
  | { readonly kind: "tokens"; readonly width: number; readonly leading: number; readonly side: number };

/** Of a value's shape without the batch; undefined if it can't be features of an image. */
export function kindOf(shape: readonly number[]): Kind | undefined {
  if (shape.length === 1) return { kind: "row", width: shape[0] };
  if (shape.length === 3) {
    const channelsLast = shape[0] === shape[1] && shape[1] !== shape[2];
    return { kind: "map", width: channelsLast ? shape[2] : shape[0], channelsLast };
  }
  if (shape.length !== 2) return undefined;
  const [tokens, width] = shape;
  const side = Math.floor(Math.sqrt(tokens));
  return { kind: "tokens", width, leading: tokens - side * side, side };
}

export interface Pooled {
  /** The value [N, width]. */
  readonly features: string;
  /** [N, width, height, width], where there are places. */
  readonly map?: string;
}

/**
 * Adds what makes a row of features of a value.
 * @throws UserError for a class token where there is none
 */
export function addPooling(
  builder: GraphBuilder,
  value: string,
  kind: Kind,
  pooling: TokenPooling | undefined,
): Pooled {
  if (kind.kind === "row") return { features: value };
  const map = kind.kind === "map" ? mapOfMap(builder, value, kind) : mapOfTokens(builder, value, kind);
  const cls = kind.kind === "tokens" && kind.leading > 0 && pooling !== "mean";
  if (pooling === "cls" && !cls) {
    throw new UserError(`The features have no class token: use :mean in place of :cls.`);
  }
  if (cls) {
    const first = builder.initializer("class.index", {
      type: "int64",
      shape: [],
      data: BigInt64Array.of(0n),
    });
    return {
      features: builder.node("Gather", [value, first], { name: "class", attributes: { axis: 1 } }),
      map,
    };
  }
  const average = builder.node("GlobalAveragePool", [map], { name: "avgpool" });
  return { features: builder.node("Flatten", [average], { name: "flatten", attributes: { axis: 1 } }), map };
}

function mapOfMap(builder: GraphBuilder, value: string, { channelsLast }: { channelsLast: boolean }): string {
  if (!channelsLast) return value;
  return builder.node("Transpose", [value], { name: "map", attributes: { perm: [0, 3, 1, 2] } });
}

function mapOfTokens(
  builder: GraphBuilder,
  value: string,
  { leading, side, width }: { leading: number; side: number; width: number },
): string {
  const bound = (values: number[], name: string) => builder.ints(values, `patches.${name}`);
  const patches =
    leading === 0
      ? value
      : builder.node(
          "Slice",
          [value, bound([leading], "start"), bound([leading + side * side], "end"), bound([1], "axis")],
          { name: "patches" },
        );
  const turned = builder.node("Transpose", [patches], {
    name: "patches.turned",
    attributes: { perm: [0, 2, 1] },
  });
  return builder.node("Reshape", [turned, bound([0, width, side, side], "shape")], { name: "patches.map" });
}

/** For people: `192 numbers, the class token of 197`. */
export function told(kind: Kind, pooling: TokenPooling | undefined): string {
  if (kind.kind === "row") return `${kind.width} numbers`;
  if (kind.kind === "map") return `${kind.width} numbers, averaged over the map`;
  const { side, leading, width } = kind;
  return leading > 0 && pooling !== "mean"
    ? `${width} numbers, the class token's, beside ${side * side} patches`
    : `${width} numbers, averaged over ${side * side} patches`;
}
