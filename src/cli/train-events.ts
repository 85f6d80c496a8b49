// What a training run reports, in words for people and in JSON for programs.

import pc from "picocolors";
import { count } from "../base/count.js";
import { duration } from "../base/duration.js";
import { seenWarning } from "../bundle/seen-images.js";
import type {
  DoneEvent,
  DownloadEvent,
  EpochEvent,
  SkippedEvent,
  StartEvent,
  StepEvent,
  TrainEvent,
} from "../training/events/events.js";
import type { Advance } from "../training/events/pace.js";
import { type Choice, sentenceOf } from "../training/recipe/choice.js";
import type { Settings } from "../training/recipe/options.js";
import { type Column, fromHere, number, table } from "./output.js";
import { type Progress, speedOf } from "./progress.js";

/** One JSON object a line: one an epoch, and one at the end. */
export class JsonTeller {
  interrupted = false;
  private choices: readonly Choice[] = [];
  constructor(private readonly progress: Progress) {}

  tell(event: TrainEvent): void {
    if (event.event === "start") {
      this.choices = event.choices;
      for (const warning of event.warnings) this.progress.warn(warning);
    } else if (event.event === "epoch") {
      const { epoch, loss, mAP, imagesPerSecond } = event;
      print({ epoch, loss, mAP, imagesPerSecond });
    } else if (event.event === "done") {
      print({ done: true, mAP: event.mAP, bundle: event.bundle, test: event.test, choices: this.choices });
      const warning = event.test?.seen && seenWarning(event.test.seen, event.test.images);
      if (warning) this.progress.warn(warning);
      if ("problem" in event.report) this.progress.warn(unreported(event.report.problem));
    } else if (event.event === "skipped") {
      this.progress.warn(skipped(event));
    } else if (event.event === "interrupted") {
      this.interrupted = true;
      this.progress.warn(goOn());
    }
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** A bar or lines of progress, a line an epoch, and a table at the end. */
export class TextTeller {
  interrupted = false;
  /** The task that the bar shows. */
  private task = "";
  private settings: Settings | undefined;
  constructor(private readonly progress: Progress) {}

  tell(event: TrainEvent): void {
    if (event.event === "download") this.download(event);
    else if (event.event === "near-copies") this.advance("looking for near copies", event);
    else if (event.event === "start") this.start(event);
    else if (event.event === "trunk") this.advance(`frozen part, ${event.set} images`, event);
    else if (event.event === "step") this.step(event);
    else if (event.event === "validation") this.advance("validation", event);
    else if (event.event === "epoch") this.epoch(event);
    else if (event.event === "test") this.advance("test images", event);
    else if (event.event === "report") this.show(reportTask(event), event.done, event.total, "");
    else if (event.event === "skipped") this.progress.warn(pc.yellow(skipped(event)));
    else if (event.event === "done") this.done(event);
    else {
      this.interrupted = true;
      this.end();
      this.progress.warn(goOn());
    }
  }

  private show(title: string, done: number, total: number, note: string): void {
    if (title !== this.task) this.progress.begin(title, total);
    this.task = title;
    this.progress.update(done, note);
  }

  private advance(title: string, event: Advance): void {
    this.show(title, event.done, event.total, paceOf(event).join(", "));
  }

  private end(): void {
    this.task = "";
    this.progress.end();
  }

  private download({ file, received, total }: DownloadEvent): void {
    const mega = (bytes: number) => Math.round(bytes / 1e5) / 10;
    this.show(`downloading ${file} (MB)`, mega(received), mega(total ?? received), "");
  }

  private start(event: StartEvent): void {
    const { choices, warnings, settings, data, engine, trainableParameters, parameters, resumed } = event;
    this.settings = settings;
    this.end();
    const line = (text: string) => this.progress.line(text);
    line(
      `${count(data.pictures, "training image")}, ${count(data.validationPictures, "validation image")}, ` +
        `${count(data.labels.length, "label")}${data.unknown > 0 ? `, ${data.unknown} targets unknown` : ""}`,
    );
    const grouped = (n: number) => n.toLocaleString("en-US");
    line(`${grouped(trainableParameters)} of ${grouped(parameters)} parameters train; ${engine}`);
    for (const choice of choices) line(`  ${pc.dim("•")} ${sentenceOf(choice)}`);
    for (const warning of warnings) this.progress.warn(pc.yellow(warning));
    if (resumed) line(`Continuing in epoch ${resumed.epoch}, after ${count(resumed.step, "step")}.`);
    this.progress.begin("Compiling the network");
  }

  private step(event: StepEvent): void {
    const { epoch, epochs, step, steps, loss } = event;
    const [speed, ...left] = paceOf(event);
    this.show(
      `epoch ${epoch}/${epochs}`,
      step,
      steps,
      [speed, `loss ${loss.toFixed(4)}`, ...left].join(", "),
    );
  }

  private epoch(event: EpochEvent): void {
    this.end();
    this.progress.line(
      [
        `epoch ${String(event.epoch).padStart(String(event.epochs).length)}/${event.epochs}`,
        `loss ${event.loss.toFixed(4)}`,
        `validation loss ${event.validationLoss.toFixed(4)}`,
        `mAP ${number(event.mAP)}`,
        speedOf(event.imagesPerSecond),
        duration(event.seconds),
        ...(event.best ? [pc.green("best")] : []),
      ].join("  "),
    );
  }

  private done(event: DoneEvent): void {
    this.end();
    const rows = event.labels.map(({ name, positives, averagePrecision, threshold }) => [
      name,
      String(positives),
      number(averagePrecision),
      number(threshold),
    ]);
    const columns: Column[] = [
      ["label"],
      ["positives", "right"],
      ["average precision", "right"],
      ["threshold", "right"],
    ];
    this.progress.line("");
    this.progress.line(table(columns, rows));
    this.progress.line("");
    for (const note of event.tuning.notes) this.progress.line(`  ${pc.dim("•")} ${note}`);
    const { epochs = 0, patience } = this.settings ?? {};
    if (event.epoch < epochs) {
      this.progress.line(
        `Stopped after epoch ${event.epoch} of ${epochs}: no improvement in ${count(patience ?? 0, "epoch")}.`,
      );
    }
    const origin = event.bestEpoch === 0 ? "the weights as initialised" : `epoch ${event.bestEpoch}`;
    this.progress.line(
      `mAP ${pc.bold(number(event.mAP))}, validation loss ${event.validationLoss.toFixed(4)} (${origin}), ` +
        `after ${duration(event.seconds)}`,
    );
    if (event.test) {
      const { mAP, mAPInterval, macroF1, microF1, images, source } = event.test;
      const interval = mAPInterval
        ? ` (95 % confidence: ${number(mAPInterval.low)} to ${number(mAPInterval.high)})`
        : "";
      this.progress.line(
        `On ${count(images, "test image")} of ${fromHere(source)}: mAP ${pc.bold(number(mAP))}${interval}, ` +
          `macro F1 ${number(macroF1)}, micro F1 ${number(microF1)}`,
      );
      const warning = event.test.seen && seenWarning(event.test.seen, images);
      if (warning) this.progress.warn(pc.yellow(warning));
    }
    if (event.skipped > 0) this.progress.line(`${count(event.skipped, "image")} could not be read.`);
    const bundle = fromHere(event.bundle);
    this.progress.line(`The bundle is in ${bundle}`);
    if ("path" in event.report) this.progress.line(`The report is in ${fromHere(event.report.path)}`);
    else this.progress.warn(pc.yellow(unreported(event.report.problem)));
    this.progress.line(`Tag images with it: multihot predict ${quoted(bundle)} IMAGE…`);
  }
}

/** Rate and time left, as far as they are known. */
function paceOf({ imagesPerSecond, secondsLeft }: Advance | StepEvent): string[] {
  const speed = imagesPerSecond === undefined ? [] : [speedOf(imagesPerSecond)];
  return secondsLeft === undefined ? speed : [...speed, `${duration(secondsLeft)} left`];
}

/** What a bar says while the report is written. */
export function reportTask({ total }: { total: number }): string {
  return total === 0 ? "writing the report" : "the report's images";
}

function unreported(problem: string): string {
  return `The report could not be written: ${problem} The bundle is whole; multihot report RUN tries again.`;
}

function skipped(event: SkippedEvent): string {
  return `Skipped ${event.picture} (row ${event.row} of the ${event.set} labels): ${event.reason}`;
}

/** How to continue what was interrupted: the same command, with --resume. */
function goOn(): string {
  const typed = process.argv.slice(2).filter((argument) => argument !== "--resume");
  return `Stopped; everything is saved. Continue with: multihot ${[...typed, "--resume"].map(quoted).join(" ")}`;
}

/** As a POSIX shell wants it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
