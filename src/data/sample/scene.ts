// A sample picture: which things it shows, where and how, as SVG.
import type { Random } from "../../base/random.js";
import { type Paint, type Thing, things } from "./things.js";

/** The labels, in the order in which they are drawn from the seed. */
export const sampleLabels = Object.keys(things) as Thing[];

/**
 * What goes together. A picture has one theme, whose things are likely; every other thing turns up anywhere with
 * a small chance, and the rare ones belong to no theme.
 */
const themes: readonly { readonly share: number; readonly likely: Partial<Record<Thing, number>> }[] = [
  { share: 0.28, likely: { tree: 0.7, house: 0.65, car: 0.5, heart: 0.15 } },
  { share: 0.2, likely: { star: 0.75, moon: 0.7, house: 0.3, tree: 0.2 } },
  { share: 0.2, likely: { boat: 0.75, fish: 0.6, star: 0.15 } },
  { share: 0.22, likely: { flower: 0.7, mushroom: 0.5, tree: 0.5, heart: 0.25 } },
  { share: 0.1, likely: {} },
];
const anywhere: Partial<Record<Thing, number>> = { umbrella: 0.12, key: 0.09 };
const CHANCE_ELSEWHERE = 0.05;
/** Of pictures with nothing in them but background. */
const EMPTY = 0.04;
const MOST_THINGS = 4;

/** Things closer together than this share of their radii would hide each other. */
const APART = 0.78;

export interface Scene {
  readonly svg: string;
  /** What it shows, in the order of `sampleLabels`; empty for background alone. */
  readonly labels: readonly Thing[];
}

const between = (stream: Random, low: number, high: number) => low + (high - low) * stream.uniform();

function pick<T>(stream: Random, values: readonly T[]): T {
  return values[stream.integer(values.length)];
}

const colour = (hue: number, saturation: number, lightness: number) =>
  `hsl(${Math.round(hue % 360)},${Math.round(saturation)}%,${Math.round(lightness)}%)`;

function chooseThings(stream: Random): Thing[] {
  let at = stream.uniform();
  const theme = themes.find(({ share }) => {
    at -= share;
    return at < 0;
  });
  if (stream.uniform() < EMPTY) return [];
  const shown = sampleLabels.filter(
    (thing) => stream.uniform() < (theme?.likely[thing] ?? anywhere[thing] ?? CHANCE_ELSEWHERE),
  );
  while (shown.length > MOST_THINGS) shown.splice(stream.integer(shown.length), 1);
  return shown;
}

/** Plain, a gradient, stripes or dots, in any colours, behind everything; noise of large blots over it. */
function background(stream: Random, size: number): string {
  const hue = between(stream, 0, 360);
  const lightness = between(stream, 25, 85);
  const first = colour(hue, between(stream, 10, 60), lightness);
  const second = colour(
    hue + between(stream, 20, 120),
    between(stream, 10, 60),
    lightness + between(stream, -18, 18),
  );
  const full = (fill: string) => `<rect width="${size}" height="${size}" fill="${fill}"/>`;
  const kind = pick(stream, ["plain", "gradient", "stripes", "dots"] as const);
  const step = between(stream, 0.08, 0.2) * size;
  let drawn = full(first);
  if (kind === "gradient") {
    drawn =
      `<defs><linearGradient id="g" gradientTransform="rotate(${between(stream, 0, 90).toFixed(1)} .5 .5)">` +
      `<stop stop-color="${first}"/><stop offset="1" stop-color="${second}"/></linearGradient></defs>${full("url(#g)")}`;
  } else if (kind !== "plain") {
    const tile =
      kind === "stripes"
        ? `<rect width="${step}" height="${step / 2}" fill="${second}"/>`
        : `<circle cx="${step / 2}" cy="${step / 2}" r="${step / 4}" fill="${second}"/>`;
    drawn +=
      `<defs><pattern id="p" width="${step}" height="${step}" patternUnits="userSpaceOnUse" ` +
      `patternTransform="rotate(${between(stream, 0, 180).toFixed(1)})">${tile}</pattern></defs>${full("url(#p)")}`;
  }
  return drawn + blots(stream, size, stream.integer(5), 0.1, 0.3, 0.35);
}

/** Soft shapes that mean nothing. */
function blots(
  stream: Random,
  size: number,
  count: number,
  low: number,
  high: number,
  opacity: number,
): string {
  return Array.from({ length: count }, () => {
    const [x, y] = [between(stream, 0, size), between(stream, 0, size)];
    const [rx, ry] = [between(stream, low, high) * size, between(stream, low, high) * size];
    const fill = colour(between(stream, 0, 360), between(stream, 10, 70), between(stream, 20, 85));
    return (
      `<ellipse cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" rx="${rx.toFixed(1)}" ry="${ry.toFixed(1)}" ` +
      `fill="${fill}" opacity="${opacity}"/>`
    );
  }).join("");
}

function paint(stream: Random): Paint {
  const hue = between(stream, 0, 360);
  const lightness = between(stream, 35, 70);
  return {
    body: colour(hue, between(stream, 45, 95), lightness),
    accent: colour(hue + between(stream, 60, 300), between(stream, 40, 90), between(stream, 40, 85)),
    line: lightness > 50 ? colour(hue, 40, between(stream, 8, 20)) : colour(hue, 30, between(stream, 82, 95)),
  };
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** A place with room: of several tries the first that is far enough from all others, else the farthest. */
function place(stream: Random, size: number, crowd: number, taken: readonly Place[]): Place {
  const largest = crowd > 3 ? 0.23 : crowd > 1 ? 0.28 : 0.36;
  let best: Place | undefined;
  let bestRoom = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < 40; i++) {
    const radius = between(stream, 0.16, largest) * size;
    // A thing may stand over the edge by a fifth of its radius.
    const margin = 0.8 * radius;
    const tried = {
      x: between(stream, margin, size - margin),
      y: between(stream, margin, size - margin),
      radius,
    };
    const room = Math.min(
      ...taken.map((t) => Math.hypot(t.x - tried.x, t.y - tried.y) / (t.radius + radius)),
      Number.MAX_VALUE,
    );
    if (room >= APART) return tried;
    if (room > bestRoom) [best, bestRoom] = [tried, room];
  }
  if (!best) throw new Error("No place was tried.");
  return best;
}

/** A bar or a leaf of some colour before a thing's edge: it hides a part, never most of it. */
function cover(stream: Random, { x, y, radius }: Place): string {
  const angle = between(stream, 0, 360);
  const fill = colour(between(stream, 0, 360), between(stream, 10, 70), between(stream, 15, 85));
  const reach = (between(stream, 0.55, 0.85) * radius).toFixed(1);
  const [width, height] = [(0.6 * radius).toFixed(1), (between(stream, 1, 2.4) * radius).toFixed(1)];
  return (
    `<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${angle.toFixed(1)}) translate(${reach} 0)">` +
    `<rect y="${-Number(height) / 2}" width="${width}" height="${height}" rx="${(0.2 * radius).toFixed(1)}" fill="${fill}"/></g>`
  );
}

/** A square picture of `size` pixels; all that is random in it comes from the stream. */
export function drawScene(stream: Random, size: number): Scene {
  const labels = chooseThings(stream);
  // Some things come twice.
  const shown = labels.flatMap((thing) =>
    labels.length < 4 && stream.uniform() < 0.15 ? [thing, thing] : [thing],
  );
  const behind = background(stream, size);
  const places: Place[] = [];
  let drawn = "";
  for (const thing of shown) {
    const at = place(stream, size, shown.length, places);
    places.push(at);
    const turn = between(stream, -22, 22).toFixed(1);
    const mirror = stream.uniform() < 0.5 ? -1 : 1;
    const [sx, sy] = [
      mirror * at.radius * between(stream, 0.88, 1.12),
      at.radius * between(stream, 0.88, 1.12),
    ];
    drawn +=
      `<g transform="translate(${at.x.toFixed(1)} ${at.y.toFixed(1)}) rotate(${turn}) ` +
      `scale(${sx.toFixed(2)} ${sy.toFixed(2)})">${things[thing](paint(stream))}</g>`;
  }
  const covers = places.filter(() => stream.uniform() < 0.25).map((at) => cover(stream, at));
  return {
    svg:
      `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}">` +
      `${behind}${drawn}${covers.join("")}</svg>`,
    labels,
  };
}
