// Label names: those that probably mean the same label.
import { grouped } from "../../base/grouped.js";

/**
 * A name without what people write in two ways: case, blanks, hyphens and underscores between words, and what nobody
 * sees (soft hyphens, blanks of no width).
 */
export function plainName(label: string): string {
  return label
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u00ad\u200b\u2060]/g, "")
    .replace(/[\s_\-\u2010-\u2015]+/g, " ")
    .trim();
}

/** A name as it is told from one that looks the same: other blanks than between words and letters in parts are shown. */
export function shownName(label: string): string {
  const shown = label.replace(/^\s|\s$|[^\S ]|\p{Cf}/gu, (letter) =>
    letter === " " ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const quoted = shown !== label || label !== label.trim() ? `"${shown}"` : label;
  return label === label.normalize() ? quoted : `${quoted} (accents as letters of their own)`;
}

/** Labels that have the same plain name and yet differ, each group in the labels' order. */
export function sameLabels(labels: readonly string[]): string[][] {
  return [...grouped(new Set(labels), plainName).values()].filter((same) => same.length > 1);
}

/** Shorter names are too often neighbours by chance: cat, car, bat. Longer ones are sentences. */
const leastLength = 4;
const mostLength = 60;

/** Of more labels than these nobody would read the pairs, and there could be millions. */
const mostLabels = 20_000;

/**
 * Pairs that differ by one letter too many, too few or another, by two that are exchanged, or by a mark such
 * as a full stop. Not by a digit: type 1 and type 2 are meant to differ. None of more than 20,000 labels, and none of
 * names of more than 60 letters.
 */
export function nearLabels(labels: readonly string[]): [string, string][] {
  const byName = grouped(labels, plainName);
  const names = [...byName.keys()];
  if (names.length > mostLabels) return [];
  const firsts = [...byName.values()].map(([label]) => label);
  // Names at this distance have a common one among those that lack one letter.
  const byRest = new Map<string, number[]>();
  for (const [i, name] of names.entries()) {
    if (name.length < leastLength - 1 || name.length > mostLength) continue;
    const rests = new Set([name]);
    for (let at = 0; at < name.length; at++) {
      // A digit that differs makes no pair; without this, numbered labels would be compared with each other.
      if (!/\d/.test(name[at])) rests.add(name.slice(0, at) + name.slice(at + 1));
    }
    for (const rest of rests) {
      const others = byRest.get(rest);
      if (others) others.push(i);
      else byRest.set(rest, [i]);
    }
  }
  const pairs = new Map<string, [string, string]>();
  for (const found of byRest.values()) {
    for (const [k, j] of found.entries()) {
      for (const i of found.slice(0, k)) {
        if (isOneLetterApart(names[i], names[j])) pairs.set(`${i} ${j}`, [firsts[i], firsts[j]]);
      }
    }
  }
  return [...pairs.values()];
}

function isOneLetterApart(a: string, b: string): boolean {
  if (a === b || Math.max(a.length, b.length) < leastLength) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  const room = Math.min(a.length, b.length) - start;
  while (end < room && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (/\d/.test(left + right)) return false;
  if (left.length === 2 && right.length === 2) return left[0] === right[1] && left[1] === right[0];
  return left.length <= 1 && right.length <= 1;
}
