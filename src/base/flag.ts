// Flags: what an option of the library is called on the command line, which messages for people go by.

/** `gammaPositive` → `--gamma-positive`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
