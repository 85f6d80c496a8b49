// Sorts the report's tables: a button in each head, by click or keyboard; pressed again it turns the order round.

type Order = "ascending" | "descending";

/** Texts as people sort them, numbers by value; what has no value comes last in both orders. */
function compare(a: Element, b: Element, sign: number): number {
  const [x, y] = [a, b].map((cell) => cell.getAttribute("data-value"));
  if (x === null || y === null) {
    const [first, second] = [a, b].map((cell) => cell.textContent?.trim() ?? "");
    return sign * first.localeCompare(second, undefined, { numeric: true });
  }
  if (x === "" || y === "") return Number(x === "") - Number(y === "");
  return sign * (Number(x) - Number(y));
}

function sort(table: HTMLTableElement, column: number, order: Order): void {
  const body = table.tBodies[0];
  const sign = order === "ascending" ? 1 : -1;
  const rows = [...body.rows].sort((a, b) => compare(a.cells[column], b.cells[column], sign));
  body.append(...rows);
  const heads = table.tHead?.rows[0].cells ?? [];
  for (const [i, head] of [...heads].entries()) {
    if (i === column) head.setAttribute("aria-sort", order);
    else head.removeAttribute("aria-sort");
  }
}

/** Makes every table of the class `sortable` sort by the buttons that its heads become. */
export function makeSortable(): void {
  document.querySelector("#sort-hint")?.removeAttribute("hidden");
  for (const table of document.querySelectorAll<HTMLTableElement>("table.sortable")) {
    for (const [column, head] of [...(table.tHead?.rows[0].cells ?? [])].entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      // Of names one wants the first, of figures the largest.
      const [usual, other]: Order[] =
        column === 0 ? ["ascending", "descending"] : ["descending", "ascending"];
      button.addEventListener("click", () => {
        sort(table, column, head.getAttribute("aria-sort") === usual ? other : usual);
      });
    }
  }
}
