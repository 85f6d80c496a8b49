// Prints what the usual forms of the loss give in float32, beside the exact values: npm run loss-table
import { fileURLToPath } from "node:url";
import { bceWithLogits } from "../src/losses/index.js";

const points = [0.5, 5, 10, 16.6, 17, 37, 88, 104].map(Math.fround);
/** Between 2 and 4 units in the last place. */
const TOLERANCE = 2 ** -22;

const f = Math.fround;
const exp = (x: number) => f(Math.exp(x));
const log = (x: number) => f(Math.log(x));
/** Rounded after every operation, as float32 hardware does it. */
const sigmoid = (x: number) => f(1 / f(1 + exp(-x)));

type Form = (x: number, t: 0 | 1) => number;

interface Table {
  title: string;
  target: 0 | 1;
  exact: Form;
  forms: Record<string, Form>;
}

/** The probability that the target's value is given. */
const chosen: Form = (x, t) => (t === 1 ? sigmoid(x) : f(1 - sigmoid(x)));
const clamped = (p: number) => Math.max(p, f(1e-8));

/** d(−log p)/dx = −1/p · dp/dx, multiplied as differentiation does it: node by node. */
const slopeThrough = (p: number, x: number, t: 0 | 1): number => {
  const s = sigmoid(x);
  const slope = f(s * f(1 - s));
  return f(f(-1 / p) * (t === 1 ? slope : -slope));
};

const ours = (x: number, t: 0 | 1) =>
  bceWithLogits(Float32Array.of(x), Float32Array.of(t), { images: 1, labels: 1, reduction: "none" });

const values: Record<string, Form> = {
  "sigmoid, then log": (x, t) => f(-log(chosen(x, t))),
  "log of clamp(1e-8)": (x, t) => f(-log(clamped(chosen(x, t)))),
  "max, abs, log(1 + z)": (x, t) => f(f(Math.max(x, 0) - f(x * t)) + log(f(1 + exp(-Math.abs(x))))),
  ours: (x, t) => ours(x, t).loss[0],
};
const gradients: Record<string, Form> = {
  "sigmoid, then log": (x, t) => slopeThrough(chosen(x, t), x, t),
  // What is clamped has no slope.
  "log of clamp(1e-8)": (x, t) => (chosen(x, t) < f(1e-8) ? 0 : slopeThrough(chosen(x, t), x, t)),
  "σ(x) − t": (x, t) => f(sigmoid(x) - t),
  ours: (x, t) => ours(x, t).gradient[0],
};
const exactValue: Form = (x, t) => Math.log1p(Math.exp(t === 1 ? -x : x));
const exactGradient: Form = (x, t) => (t === 1 ? -1 / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

const tables: Table[] = [
  { title: "Loss, right label (t = 1)", target: 1, exact: exactValue, forms: values },
  { title: "Loss, wrong label (t = 0)", target: 0, exact: exactValue, forms: values },
  { title: "Gradient, right label (t = 1)", target: 1, exact: exactGradient, forms: gradients },
  { title: "Gradient, wrong label (t = 0)", target: 0, exact: exactGradient, forms: gradients },
];

/** Four digits; in bold, with its relative error, what is off by more than 4 ulp and the least normal number. */
function cell(found: number, exact: number): string {
  const distance = Math.abs(found - exact);
  if (distance < 2 ** -126 || distance <= TOLERANCE * Math.abs(exact)) return digits(found);
  const off = Number(((100 * distance) / Math.abs(exact)).toPrecision(2));
  return Number.isFinite(found) ? `**${digits(found)}** (${off} % off)` : `**${digits(found)}**`;
}

function digits(x: number): string {
  if (x === 0 || !Number.isFinite(x)) return String(x);
  return Math.abs(x) < 1e-3 ? x.toExponential(3) : String(Number(x.toPrecision(4)));
}

function markdown({ title, target, exact, forms }: Table): string {
  const names = Object.keys(forms);
  const lines = [`| x | exact | ${names.join(" | ")} |`, `|${" --: |".repeat(names.length + 2)}`];
  for (const x of points) {
    const truth = exact(x, target);
    const cells = names.map((name) => cell(forms[name](x, target), truth));
    lines.push(`| ${digits(x)} | ${digits(truth)} | ${cells.join(" | ")} |`);
  }
  return `**${title}**\n\n${lines.join("\n")}\n`;
}

/** The first float32 x at which σ(x), computed in float32, is 1. */
function saturation(): number {
  let [low, high] = [1, 32];
  for (let i = 0; i < 60; i++) {
    const middle = f((low + high) / 2);
    if (sigmoid(middle) === 1) high = middle;
    else low = middle;
  }
  return high;
}

/** All tables, as Markdown. */
export function lossTable(): string {
  return `In float32, σ(x) is exactly 1 from x = ${saturation().toFixed(4)} on.\n\n${tables.map(markdown).join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(lossTable());
