// Label names that are alike, against pairs that people would and would not call the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { editDistance } from "../../base/nearest.js";
import { nearLabels, plainName, sameLabels, shownName } from "./label-names.js";

test("case, blanks, hyphens and underscores make no other label", () => {
  const labels = ["hot dog", "Hot_Dog", "hot-dog", "hot  dog ", "hotdog", "C", "C++", "c#"];
  assert.deepEqual(sameLabels(labels), [["hot dog", "Hot_Dog", "hot-dog", "hot  dog "]]);
  assert.deepEqual(sameLabels(["cat", "cat"]), []);
});

test("names that look the same are shown so that they do not", () => {
  const labels = ["caf\u00e9", "cafe\u0301", "caf\u00e9 ", "caf\u00ad\u00e9", "caf\u00e9\u200b"];
  assert.deepEqual(sameLabels(labels), [labels]);
  assert.deepEqual(labels.map(shownName), [
    "caf\u00e9",
    "cafe\u0301 (accents as letters of their own)",
    '"caf\u00e9 "',
    '"caf\\u00ad\u00e9"',
    '"caf\u00e9\\u200b"',
  ]);
  assert.deepEqual(["hot dog", "\u05d0\u05d1", "\u732b"].map(shownName), [
    "hot dog",
    "\u05d0\u05d1",
    "\u732b",
  ]);
});

test("one letter more, less, other or exchanged is told", () => {
  for (const [a, b] of [
    ["horse", "hosre"],
    ["horse", "hrse"],
    ["horse", "horrse"],
    ["horse", "house"],
    ["dog", "dogs"],
    ["st. bernard", "st bernard"],
    ["Traffic Lights", "traffic_light"],
  ]) {
    assert.deepEqual(nearLabels([a, "zebra", b]), [[a, b]], `${a}, ${b}`);
  }
});

test("short names and names that differ by a digit are left alone", () => {
  assert.deepEqual(nearLabels(["cat", "car", "bat", "type 1", "type 2", "2019", "2020", "Cat", "goats"]), []);
});

test("the pairs are those of comparing all by Levenshtein's distance", () => {
  // All words of 4 to 6 letters from three, every 3rd.
  const words = [4, 5, 6]
    .flatMap((length) =>
      Array.from({ length: 3 ** length }, (_, n) =>
        n
          .toString(3)
          .padStart(length, "0")
          .replace(/\d/g, (digit) => "abc"[Number(digit)]),
      ),
    )
    .filter((_, i) => i % 3 === 0);
  const isExchange = (a: string, b: string) =>
    [...a].some((_, i) => a.slice(0, i) + (a[i + 1] ?? "") + a[i] + a.slice(i + 2) === b);
  const wanted = words.flatMap((b, j) =>
    words
      .slice(0, j)
      .filter((a) => editDistance(a, b) === 1 || isExchange(a, b))
      .map((a) => `${a} ${b}`),
  );
  assert.ok(wanted.length > 100);
  assert.deepEqual(
    nearLabels(words)
      .map((pair) => pair.join(" "))
      .sort(),
    wanted.sort(),
  );
  assert.equal(plainName("A"), "a");
});
