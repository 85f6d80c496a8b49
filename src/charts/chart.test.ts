// Outside truth: where a linear and a logarithmic scale put a value, told by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chart, colours, Plot } from "./chart.js";

const frame = { width: 300, height: 200, marginLeft: 50, marginRight: 50, marginTop: 20, marginBottom: 30 };

test("a chart is SVG, its points where the scales put them", () => {
  const svg = chart({
    ...frame,
    ariaLabel: "Loss by learning rate",
    x: { type: "log", domain: [1e-4, 1] },
    y: { domain: [0, 10] },
    marks: [
      Plot.dot(
        [
          { rate: 1e-4, loss: 0 },
          { rate: 1e-2, loss: 7.5 },
        ],
        { x: "rate", y: "loss", fill: colours.main },
      ),
    ],
  });
  assert.match(svg, /^<svg .*<\/svg>$/s);
  assert.match(svg, /aria-label="Loss by learning rate"/);
  const points = [...svg.matchAll(/<circle[^>]*>/g)].map(([circle]) =>
    ["cx", "cy"].map((name) => Number(new RegExp(`${name}="([^"]*)"`).exec(circle)?.[1])),
  );
  // x: 50 … 250 for 1e-4 … 1; y: 170 … 20 for 0 … 10. Plot may move dots by half a pixel.
  for (const [i, [x, y]] of [
    [50, 170],
    [150, 57.5],
  ].entries()) {
    assert(Math.abs(points[i][0] - x) <= 0.5 && Math.abs(points[i][1] - y) <= 0.5, String(points[i]));
  }
});

test("what users name is text, wherever it stands", () => {
  const name = `<script>alert("1")</script>&'`;
  const svg = chart({
    ...frame,
    ariaLabel: name,
    x: { label: name },
    marks: [Plot.barX([{ name, value: 1 }], { x: "value", y: "name", title: "name" })],
  });
  assert.doesNotMatch(svg, /<script/i);
  assert.match(svg, /&lt;script&gt;alert/);
  assert.match(svg, /aria-label="[^"]*&quot;1&quot;[^"]*"/);
});

test("a chart brings no style, script or address but SVG's own name", () => {
  const svg = chart({ ...frame, ariaLabel: "x", marks: [Plot.lineY([1, 3, 2])] });
  assert.doesNotMatch(svg, /<style|<script|style=|href|url\(/);
  assert.deepEqual(svg.match(/https?:[^"]*/g), ["http://www.w3.org/2000/svg"]);
});
