// The report as a page: its figures are those of the metrics, its structure is whole, its names are text, its size is
// bounded, and it says what is not defined.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseHTML } from "linkedom";
import { type Drawn, reportInput } from "../../test/support/report-input.js";
import {
  averagePrecisionIntervals,
  expectedCalibrationError,
  meanAveragePrecision,
  multilabelReport,
  precisionRecallF1,
  sigmoid,
} from "../index.js";
import type { ReportInput } from "./input.js";
import { report } from "./report.js";

type Document = ReturnType<typeof parseHTML>["document"];

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-report-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const drawn = (options: Drawn) => reportInput(folder, options);

async function written(input: ReportInput) {
  const html = await report(input);
  return { html, document: parseHTML(html).document };
}

/** What a reader reads: without style, script and the attributes of elements. */
const textOf = (document: Document) => {
  for (const hidden of document.querySelectorAll("style, script")) hidden.remove();
  return (document.documentElement.textContent ?? "").replace(/\s+/g, " ");
};

const sections = [
  "summary",
  "epochs",
  "labels",
  "curves",
  "calibration",
  "together",
  "mistakes",
  "suspects",
  "data",
  "configuration",
];

/** The rows of the table of all labels. */
const rowsOf = (document: Document) => [...document.querySelectorAll("#labels table.sortable tbody tr")];

function cells(document: Document): string[][] {
  return rowsOf(document).map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? ""));
}

test("the figures are the metrics', in a page whose parts all have their names", async () => {
  const input = await drawn({ labels: ["cat", "dog", "horse"], unknown: 0.1 });
  const { html, document } = await written(input);
  const { images, logits, targets } = input.scores;
  const wanted = multilabelReport(sigmoid(logits), targets, { images, labels: input.training.labels });
  const cards = new Map(
    [...document.querySelectorAll(".cards dt")].map((term) => [
      term.textContent,
      term.nextElementSibling?.textContent,
    ]),
  );
  assert.equal(cards.get("mAP"), wanted.mAP?.toFixed(3));
  assert.equal(cards.get("Macro F1"), wanted.macroF1?.toFixed(3));
  assert.equal(cards.get("Micro F1"), wanted.microF1?.toFixed(3));
  assert.equal(cards.get("Time"), "3 min 3 s");
  const trained = (label: number) =>
    input.training.targets.filter((target, i) => i % 3 === label && target === 1).length;
  const worstFirst = wanted.labels
    .map((label, i) => ({ label, i }))
    .sort((a, b) => (a.label.averagePrecision ?? 2) - (b.label.averagePrecision ?? 2));
  assert.deepEqual(
    cells(document),
    worstFirst.map(({ label, i }) => [
      label.name,
      String(trained(i)),
      String(label.positives),
      ...[label.averagePrecision, label.threshold, label.precision, label.recall, label.f1].map((value) =>
        value?.toFixed(3),
      ),
    ]),
  );
  for (const [place, row] of rowsOf(document).entries()) {
    const value = Number(row.children[3].getAttribute("data-value"));
    assert(Math.abs(value - (worstFirst[place].label.averagePrecision ?? 0)) < 1e-6);
  }

  assert.deepEqual(
    [...document.querySelectorAll("main > section")].map(({ id }) => id),
    sections,
  );
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    assert(document.getElementById(String(link.getAttribute("href")).slice(1)), link.outerHTML);
  }
  for (const section of document.querySelectorAll("section")) {
    const heading = document.getElementById(section.getAttribute("aria-labelledby") ?? "");
    assert.equal(heading?.tagName, "H2");
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const table of document.querySelectorAll("table")) {
    assert(table.querySelector("caption")?.textContent);
    for (const head of table.querySelectorAll("th")) assert(head.getAttribute("scope"), head.outerHTML);
  }
  for (const image of document.querySelectorAll("img")) {
    assert.match(image.getAttribute("alt") ?? "", /^validation-\d+\.jpg$/);
    assert.match(image.getAttribute("src") ?? "", /^data:image\/webp;base64,/);
  }
  for (const svg of document.querySelectorAll("figure svg.chart")) {
    assert.equal(svg.getAttribute("role"), "img");
    assert(svg.getAttribute("aria-label"));
    assert(svg.closest("figure")?.querySelector("figcaption")?.textContent);
  }

  // Nothing is asked for outside: by what is written, and by a policy that knows the script.
  const loading = /\b(?:src|href)="(?!data:|#|https:\/\/arxiv\.org\/)|url\(|@import|\bfetch\(/;
  assert.doesNotMatch(html, loading);
  const script = document.querySelector("script")?.textContent ?? "";
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = document.querySelector("meta[http-equiv=Content-Security-Policy]")?.getAttribute("content");
  assert.match(policy ?? "", /default-src 'none'/);
  assert(policy?.includes(`script-src 'sha256-${hash}'`));
});

test("names of labels and files are text, wherever they stand", async () => {
  const labels = [
    '<img src="x" onerror="alert(1)">',
    "a & b \"c\" 'd'",
    "שלום עולם",
    "👩‍👩‍👧 family",
    "</script>",
    "x".repeat(500),
  ];
  const input = await drawn({ labels });
  const [first] = input.validation.pictures;
  const pictures = input.validation.pictures.map((picture) =>
    picture === first ? { ...picture, name: '"><script>alert(2)</script>.jpg' } : picture,
  );
  const logits = input.scores.logits.slice().fill(9, 0, labels.length);
  const { html, document } = await written({
    ...input,
    name: "<b>run</b>",
    validation: { ...input.validation, pictures },
    scores: { ...input.scores, logits },
    settings: { ...input.settings, data: "<i>.csv" },
  });
  assert.equal((html.match(/<script/g) ?? []).length, 1);
  assert.equal(document.querySelectorAll("i, [onerror]").length, 0);
  assert.deepEqual(
    cells(document)
      .map(([name]) => name)
      .sort(),
    [...labels].sort(),
  );
  assert.equal(document.querySelector("h1")?.textContent, "Training report: <b>run</b>");
  assert(
    [...document.querySelectorAll("img")].some((image) => image.getAttribute("alt") === pictures[0].name),
  );
  assert.equal(document.querySelectorAll("#labels tbody th bdi").length, labels.length);
});

test("a thousand labels and large pictures stay within three million letters, and what is left out is said", async () => {
  const labels = Array.from({ length: 1000 }, (_, i) => `label number ${i}`);
  const input = await drawn({ labels, validation: 60, side: 700, share: 0.1 });
  const { html, document } = await written(input);
  assert(html.length < 3e6, `${html.length} letters`);
  assert.equal(cells(document).length, 1000);
  // Unfolded are the ten worst, worst first.
  const [worst, folded] = document.querySelectorAll("#labels table");
  assert(folded.closest("details") && !worst.closest("details"));
  const precisions = [...worst.querySelectorAll("tbody td:nth-child(4)")].map((cell) =>
    Number(cell.textContent),
  );
  assert.equal(precisions.length, 10);
  assert.deepEqual(
    precisions,
    cells(document)
      .slice(0, 10)
      .map((row) => Number(row[3])),
  );
  assert.deepEqual(
    precisions,
    [...precisions].sort((a, b) => a - b),
  );
  assert(document.querySelectorAll("img").length > 250);
  const text = textOf(document);
  assert.match(text, /Shown are the 36 labels with the most validation images, of 1000/);
  assert.match(text, /Shown are the 24 most frequent labels of 1000/);
  assert.match(text, /Shown are 144 labels, those with the most mistakes, of 1000/);
  assert.match(text, /The 40 most frequent labels of 1000/);
  assert.doesNotMatch(text, /NaN|undefined|Infinity|null/);
});

test("with one label and half a kilobyte left a picture's URL keeps to its bound", async () => {
  const { thumbnail } = await import("./thumbnails.js");
  const { validation } = await drawn({ labels: ["a"], validation: 1, side: 700 });
  for (const most of [20_000, 6000, 2500]) {
    const small = await thumbnail(validation.pictures[0].path, most);
    assert(small && small.url.length <= most && small.width === small.height);
  }
  assert.equal(await thumbnail(validation.pictures[0].path, 100), undefined);
  assert.equal(await thumbnail(join(folder, "nowhere.jpg"), 1e6), undefined);
});

for (const [what, options, said] of [
  ["two validation pictures", { validation: 2 }, /uncertain|not defined/],
  ["labels without a positive", { share: 0 }, /No validation image is known to have a label/],
  ["labels without a negative", { share: 1 }, /ranks|mean average precision/],
  [
    "unknown targets alone",
    { unknown: 1 },
    /nothing could be measured.*No validation image has a known label.*No decision about a validation image was wrong/,
  ],
  [
    "no epochs",
    { epochs: 0 },
    /No epoch was trained.*nothing has been trained|nothing has been trained.*No epoch was trained/,
  ],
] as const) {
  test(`${what} give a report that says what is not defined`, async () => {
    const { html, document } = await written(await drawn({ labels: ["a", "b"], ...options }));
    assert.deepEqual(
      [...document.querySelectorAll("main > section")].map(({ id }) => id),
      sections,
    );
    assert.doesNotMatch(html.replace(/<script>.*<\/script>/s, ""), /NaN|Infinity|undefined(?![^<]*<\/)/);
    assert.match(textOf(document), said);
    // Nothing is drawn where nothing is.
    if (options.share === 0 || options.unknown === 1) {
      const widths = [...document.querySelectorAll("#data svg rect")].map((bar) => bar.getAttribute("width"));
      assert(widths.length > 0 && widths.every((width) => Number(width) === 0), String(widths));
    }
  });
}

test("what was chosen on the validation pictures is told: thresholds, a calibration, or one that was left out", async () => {
  const input = await drawn({ labels: ["a", "b"] });
  const tuned = async (tuning: Partial<ReportInput["tuning"]>) =>
    textOf((await written({ ...input, tuning: { ...input.tuning, ...tuning } })).document);
  assert.doesNotMatch(await tuned({}), /chosen as well|left out/);
  const crossValidation = { calibrationError: { before: 0.02, after: 0.03 } };
  assert.match(
    await tuned({ thresholdFor: "f1", crossValidation }),
    /on which each label's threshold was chosen as well.*tried and left out: by cross-validation it would have made of 0\.020 0\.030/,
  );
  const method = "platt" as const;
  const calibration = { method, scale: [0.5, 0.5], shift: [0, 1] };
  const text = await tuned({ thresholdFor: "f1", calibration, crossValidation });
  assert.match(text, /threshold and its calibration were chosen as well/);
  const { images, logits, targets } = input.scores;
  const line = logits.map((x, i) => Math.fround(x * 0.5) + (i % 2));
  const [before, after] = [logits, line].map((x) =>
    expectedCalibrationError(sigmoid(x), targets, { images, labels: 2 })?.toFixed(3),
  );
  assert(
    text.includes(
      `Expected calibration error: ${before} before and ${after} after calibration (Platt scaling`,
    ),
  );
});

test("a picture that is gone, and a run that is not at its end, are told", async () => {
  const input = await drawn({ labels: ["a", "b"] });
  const pictures = input.validation.pictures.map((picture) => ({
    ...picture,
    path: join(folder, "gone.jpg"),
  }));
  const { document } = await written({
    ...input,
    ended: false,
    settings: { ...input.settings, epochs: 10 },
    validation: { ...input.validation, pictures },
  });
  assert.equal(document.querySelectorAll("img").length, 0);
  const text = textOf(document);
  assert.match(text, /The picture cannot be read/);
  assert.match(text, /The run is not at its end \(3 of 10 epochs\)/);
});

test("the summary says in plain words how much is right, how sure that is, and what guessing gives", async () => {
  const input = await drawn({ labels: ["cat", "dog", "horse"], validation: 100 });
  const { document } = await written(input);
  const { images, logits, targets } = input.scores;
  const shape = { images, labels: 3 };
  const decisions = { ...shape, thresholds: 0.5, average: "micro" } as const;
  const { precision, recall } = precisionRecallF1(sigmoid(logits), targets, decisions);
  const { low, high } = averagePrecisionIntervals(logits, targets, shape).mAP;
  const text = textOf(document);
  const whole = (share: number | null) => Math.round(100 * (share ?? Number.NaN));
  assert(text.includes(`${whole(precision)} % of the tags that it gives are right`));
  assert(text.includes(`it gives ${whole(recall)} % of those that are there`));
  assert(text.includes(`95 % confidence interval ${low?.toFixed(2)} to ${high?.toFixed(2)}`));
  const share = targets.filter((target) => target === 1).length / targets.length;
  assert(text.includes(`guessing gives ${share.toFixed(2)}`));
});

test("what to do next comes from the run's own figures", async () => {
  const input = await drawn({ labels: ["a <b>", "b"], epochs: 10, validation: 60, training: 300 });
  const next = async (change: Partial<ReportInput>) => {
    const { document } = await written({ ...input, ...change });
    const heading = [...document.querySelectorAll("#summary h3")].find((h3) =>
      /next/.test(h3.textContent ?? ""),
    );
    return [...(heading?.nextElementSibling?.children ?? [])].map((item) =>
      (item.textContent ?? "").replace(/\s+/g, " "),
    );
  };
  const flat = input.epochs.map((epoch) => ({ ...epoch, mAP: 0.5 }));
  const said = (steps: string[], pattern: RegExp) => steps.some((step) => pattern.test(step));

  const rising = await next({});
  assert(said(rising, /mAP still rose.*--epochs 20/), rising.join("\n"));
  assert(said(rising, /multihot predict run\/bundle/));
  const steady = await next({ epochs: flat });
  assert(!said(steady, /still rose|learns its pictures by heart|--resume|--freeze/), steady.join("\n"));
  const learntByHeart = flat.map((epoch, i) => ({ ...epoch, validationLoss: 0.4 + 0.02 * Math.abs(i - 3) }));
  assert(said(await next({ epochs: learntByHeart }), /From epoch 4 on .* by heart/));
  const unfinished = await next({ ended: false });
  assert(said(unfinished, /--resume/) && !said(unfinished, /predict|still rose/), unfinished.join("\n"));
  assert(said(await next({ settings: { ...input.settings, freeze: "backbone" } }), /--freeze/));
  assert.deepEqual(await next({ bestEpoch: 0, epochs: [] }), ["Train it: --epochs was 0."]);

  // Of the first label two training pictures are left, and its ranking is turned round.
  const targets = input.training.targets.map((target, i) => (i % 2 === 0 && i > 20 ? 0 : target));
  const logits = input.scores.logits.map((x, i) => (i % 2 === 0 ? -x : x));
  const scarce = await next({
    training: { ...input.training, targets },
    scores: { ...input.scores, logits },
  });
  const left = targets.filter((target, i) => i % 2 === 0 && target === 1).length;
  assert(
    said(scarce, new RegExp(`Collect training pictures of a <b> \\(${left} so far\\):`)),
    scarce.join("\n"),
  );
});

test("a precision that was asked for and is not reached is told, label by label", async () => {
  const input = await drawn({ labels: ["low", "none", "high"], validation: 100 });
  const tuning = { ...input.tuning, thresholdFor: "precision=0.9", thresholds: [0.0004, 1, 0.5] };
  const logits = input.scores.logits.map((x, i) => (i % 3 === 2 ? 20 * (input.scores.targets[i] - 0.5) : x));
  const { document } = await written({ ...input, tuning, scores: { ...input.scores, logits } });
  const text = textOf(document);
  assert.match(text, /1 label below the precision of 0\.9 you asked for, on these images: low\./);
  assert.match(text, /1 label never predicted, because no threshold is sure to reach .*: none\./);
  assert.equal(cells(document).find(([name]) => name === "low")?.[4], "0.00040");
});

test("where the bundle's mAP is not what training computed, that is told", async () => {
  const input = await drawn({ labels: ["a", "b"], validation: 60 });
  const { images, logits, targets } = input.scores;
  const mAP = meanAveragePrecision(logits, targets, { images, labels: 2 });
  const text = async (ofEpoch: number | null) => {
    const epochs = input.epochs.map((epoch) => ({ ...epoch, mAP: ofEpoch }));
    return textOf((await written({ ...input, epochs })).document);
  };
  assert.match(
    await text(0.123),
    new RegExp(
      `As training computed it, 0\\.123 in epoch 3; the finished bundle.* has ${mAP?.toFixed(3)}\\.`,
    ),
  );
  assert.doesNotMatch(await text(mAP), /As training computed it/);
});

test("one epoch, and ten, have whole ticks that can be read", async () => {
  const ticks = async (epochs: number) => {
    const { document } = await written(await drawn({ labels: ["a", "b"], epochs }));
    return [...document.querySelectorAll("#epochs svg text")].map((text) => text.textContent ?? "");
  };
  assert(!(await ticks(1)).some((tick) => tick.length > 4 && /^[\d.]+$/.test(tick)));
  const three = await ticks(3);
  assert(!three.includes(""));
  for (const [epochs, wanted] of [
    [3, [1, 2, 3]],
    [30, [5, 10, 15, 20, 25, 30]],
    [250, [50, 100, 150, 200, 250]],
  ] as const) {
    const found = (await ticks(epochs)).slice(0, -1).map(Number);
    assert(
      wanted.every((tick) => found.includes(tick)),
      `${epochs} epochs: ${found}`,
    );
    assert(!found.includes(wanted[0] + 1) || epochs === 3);
  }
});
