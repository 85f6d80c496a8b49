// Report: measurements as a Markdown table that can be read as it stands.
import type { Measurement } from "./measure.js";
import { rows } from "./rows.js";
import type { PytorchSetting } from "./sides.js";

function cell(unit: Measurement["unit"], value: number): string {
  if (unit === "ms") return value < 10 ? value.toFixed(2) : value.toFixed(0);
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function figures({ unit, median, least, most }: Measurement): string {
  const [m, l, h] = [median, least, most].map((value) => cell(unit, value));
  return `${m} ${unit}${l === h ? "" : ` (${l}–${h})`}`;
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Against each of PyTorch's programs, in the order of their lines. */
function ratios({ ratios }: Measurement, setting: PytorchSetting, several: boolean): string {
  return Object.entries(ratios)
    .filter(([side]) => !several || side.endsWith(setting))
    .map(([, ratio]) => ratio.toFixed(2))
    .join(" / ");
}

/**
 * The lines of one row, the first with its title; columns are as wide as their longest cell.
 * @param pytorch its settings that were measured
 */
export function reportTable(
  measurements: readonly Measurement[],
  pytorch: readonly PytorchSetting[],
): string {
  const several = pytorch.length > 1;
  const against = pytorch.map((setting) => (several ? `÷ PyTorch, ${setting}` : "÷ PyTorch"));
  const heads = ["", "", "median (least–most)", "peak memory", ...against];
  let before = "";
  const cells = measurements.map((one) => {
    const title = one.row === before ? "" : rows[one.row].title;
    before = one.row;
    const times = pytorch.map((setting) => ratios(one, setting, several));
    return [title, one.side, figures(one), gib(one.peakBytes), ...times];
  });
  const widths = heads.map((head, i) => Math.max(3, head.length, ...cells.map((line) => line[i].length)));
  const line = (parts: readonly string[]) =>
    `| ${parts.map((part, i) => part.padEnd(widths[i])).join(" | ")} |`;
  return [line(heads), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}
