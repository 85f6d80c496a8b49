// The kinds of thing that a sample picture shows: each a small drawing in the square −1 … 1, y downwards.

export interface Paint {
  /** CSS colours: the body, a second part, the outline. */
  readonly body: string;
  readonly accent: string;
  readonly line: string;
}

/** SVG elements in the square −1 … 1. */
export type Drawing = (paint: Paint) => string;

const path = (d: string, fill: string, { line }: Paint, more = "") =>
  `<path d="${d}" fill="${fill}" stroke="${line}" stroke-width="0.07" stroke-linejoin="round" ${more}/>`;
const disc = (x: number, y: number, r: number, fill: string, { line }: Paint) =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}" stroke="${line}" stroke-width="0.07"/>`;
const stroke = (d: string, colour: string, width: number) =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round"/>`;

/** Points on a circle, `inner` and `outer` radius in turn: stars and flowers. */
function starPath(points: number, outer: number, inner: number): string {
  const corners = Array.from({ length: 2 * points }, (_, i) => {
    const radius = i % 2 === 0 ? outer : inner;
    const angle = (Math.PI * i) / points - Math.PI / 2;
    return `${(radius * Math.cos(angle)).toFixed(3)} ${(radius * Math.sin(angle)).toFixed(3)}`;
  });
  return `M${corners.join("L")}Z`;
}

export const things = {
  tree: (p) =>
    path("M-.16 .2H.16V1H-.16Z", p.accent, p) + path("M0 -1L.72 -.1H.4L.84 .5H-.84L-.4 -.1H-.72Z", p.body, p),
  house: (p) =>
    path("M-.72 -.1H.72V.95H-.72Z", p.body, p) +
    path("M-1 -.05L0 -.95L1 -.05Z", p.accent, p) +
    path("M-.18 .95V.35H.18V.95Z", p.line, p),
  car: (p) =>
    path("M-1 .45V.05Q-1 -.1 -.7 -.12L-.42 -.6H.42L.68 -.12Q1 -.1 1 .08V.45Z", p.body, p) +
    path("M-.45 -.14L-.3 -.46H-.04V-.14ZM.08 -.14V-.46H.32L.48 -.14Z", p.accent, p) +
    disc(-0.52, 0.48, 0.25, p.line, p) +
    disc(0.52, 0.48, 0.25, p.line, p),
  star: (p) => path(starPath(5, 1, 0.42), p.body, p),
  moon: (p) => path("M.35 -.95A1 1 0 1 0 .35 .95A.78 .78 0 1 1 .35 -.95Z", p.body, p),
  boat: (p) =>
    path("M-1 .35H1L.62 .9H-.62Z", p.body, p) +
    stroke("M0 .35V-.95", p.line, 0.1) +
    path("M.08 -.9L.8 .18H.08ZM-.08 -.7L-.62 .18H-.08Z", p.accent, p),
  fish: (p) =>
    path("M.45 0L1 -.5V.5Z", p.accent, p) +
    path("M-1 0Q-.45 -.68 .6 0Q-.45 .68 -1 0Z", p.body, p) +
    disc(-0.6, -0.08, 0.09, p.line, p),
  flower: (p) =>
    stroke("M0 0V1", p.line, 0.12) +
    [0, 1, 2, 3, 4]
      .map((i) => {
        const angle = (2 * Math.PI * i) / 5 - Math.PI / 2;
        return disc(0.4 * Math.cos(angle), -0.3 + 0.4 * Math.sin(angle), 0.3, p.body, p);
      })
      .join("") +
    disc(0, -0.3, 0.24, p.accent, p),
  mushroom: (p) =>
    path("M-.25 0H.25L.34 .9H-.34Z", p.accent, p) +
    path("M-1 .1Q-.9 -.85 0 -.85T1 .1Z", p.body, p) +
    [-0.45, 0.05, 0.5].map((x, i) => disc(x, -0.25 - 0.2 * (i % 2), 0.13, p.accent, p)).join(""),
  heart: (p) => path("M0 .9C-1.5 -.2 -.75 -1.2 0 -.45C.75 -1.2 1.5 -.2 0 .9Z", p.body, p),
  umbrella: (p) =>
    stroke("M0 -.2V.75Q0 .98 .2 .98T.4 .78", p.line, 0.12) +
    path(
      "M-1 .05Q-.95 -.9 0 -.9T1 .05Q.75 -.15 .5 .05Q.25 -.15 0 .05Q-.25 -.15 -.5 .05Q-.75 -.15 -1 .05Z",
      p.body,
      p,
    ),
  key: (p) =>
    path("M-.2 -.12H1V.42H.72V.14H.5V.34H.26V.12H-.2Z", p.body, p) +
    `<circle cx="-.55" cy="0" r=".34" fill="none" stroke="${p.line}" stroke-width=".34"/>` +
    `<circle cx="-.55" cy="0" r=".34" fill="none" stroke="${p.body}" stroke-width=".22"/>`,
} as const satisfies Record<string, Drawing>;

export type Thing = keyof typeof things;
