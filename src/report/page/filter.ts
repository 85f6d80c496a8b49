// Filters a table by a word of its first column.

/** Makes the form that stands before a table filter it; without a script it stays hidden. */
export function makeFilterable(): void {
  const form = document.querySelector<HTMLFormElement>("form.filter");
  const table = form?.parentElement?.querySelector("table");
  const input = form?.querySelector("input");
  const output = form?.querySelector("output");
  if (!form || !table || !input || !output) return;
  form.hidden = false;
  const rows = [...table.tBodies[0].rows];
  const nameOf = (row: HTMLTableRowElement) => (row.cells[0].textContent ?? "").toLocaleLowerCase();
  const filter = () => {
    const wanted = input.value.trim().toLocaleLowerCase();
    for (const row of rows) row.hidden = !nameOf(row).includes(wanted);
    const shown = rows.filter((row) => !row.hidden).length;
    output.textContent = wanted === "" ? "" : `${shown} of ${rows.length}`;
  };
  input.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  // What a browser kept in the field from the last visit filters too.
  filter();
}
