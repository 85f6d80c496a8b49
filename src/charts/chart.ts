// Chart: a figure of Observable Plot as SVG, drawn without a browser.
// Loading Plot takes a moment: who draws seldom should import() this when there is something to draw.
import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";

/**
 * Colours that a page may set by its style sheet, for light and dark; the second value holds where none is set.
 * What belongs to the axes takes the colour of the text around it.
 */
export const colours = {
  /** What a chart is about. */
  main: "var(--chart-main, #2457c5)",
  /** What it is compared with. */
  other: "var(--chart-other, #b4530a)",
  /** What only helps to read it: limits, chance, the other labels. */
  faint: "var(--chart-faint, #8a94a6)",
};

export interface ChartOptions extends Plot.PlotOptions {
  /** What the chart shows, for those who do not see it. */
  ariaLabel: string;
}

/**
 * Draws a chart: `chart({ ariaLabel: "Loss by epoch", marks: [Plot.lineY(epochs, { x: "epoch", y: "loss" })] })`.
 *
 * The SVG needs no script, no style sheet, no font and no network; it may stand in a page or be a file of its own. As
 * it has no style of its own, a page gives it `max-width: 100%; height: auto`.
 */
export function chart(options: ChartOptions): string {
  // An SVG document, not HTML's: only there "<" and "&" are escaped in attributes as well.
  const document = new DOMParser().parseFromString("<svg/>", "image/svg+xml");
  const figure = Plot.plot({ ...options, document });
  figure.querySelector("style")?.remove();
  figure.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  figure.setAttribute("role", "img");
  figure.setAttribute("class", "chart");
  figure.setAttribute("font-size", "12");
  return figure.outerHTML;
}

export { Plot };
