// Shortened: texts for people, whatever the files say that they quote.

/** Letters of a word and of a line that are shown whole, and how many are left of a longer one at its beginning and end. */
const longestWord = 500;
const longestLine = 2000;
const [head, tail] = [300, 100];
/** Of longer texts the rest is left out before anything else is done. */
const longestText = 100_000;

/** The text without the middle of words and lines that nobody would read to their end: a crafted name may have millions of letters. */
export function shortened(text: string): string {
  if (text.length <= longestWord) return text;
  const short = text.length > longestText ? withoutMiddle(text) : text;
  return short
    .replace(new RegExp(`[^\\s]{${longestWord + 1},}`, "g"), withoutMiddle)
    .replace(new RegExp(`[^\\n]{${longestLine + 1},}`, "g"), withoutMiddle);
}

function withoutMiddle(text: string): string {
  return `${text.slice(0, head)} … (${text.length.toLocaleString("en-US")} letters) … ${text.slice(-tail)}`;
}
