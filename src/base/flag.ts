// Flags: what an option of the library is called on the command line, and the other way round.

/** `gammaPositive` → `--gamma-positive`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Options that the library calls otherwise than the command does. */
const own: Readonly<Record<string, string>> = { batch: "batchSize" };

/** A message that names options by their flags, with the names that the library has for them. Whole commands stay. */
export function withOptionNames(message: string): string {
  return message
    .split(/(multihot [a-z][^.;:,\n]*)/)
    .map((part, i) =>
      i % 2 === 1 ? part : part.replace(/(?<![\w-])--([a-z][a-z-]*)/g, (_, flag) => nameOf(flag)),
    )
    .join("");
}

function nameOf(flag: string): string {
  const name = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return own[name] ?? name;
}
