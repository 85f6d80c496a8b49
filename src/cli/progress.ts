// Progress: how far a command is. A bar on a terminal, lines in a pipe, nothing beside JSON.
import { SingleBar } from "cli-progress";
import { duration } from "../base/duration.js";

/** In a pipe: seconds until the first line, and from one to the next. */
const FIRST = 2;
const NEXT = 10;

export interface ProgressOptions {
  /** The command prints JSON: no progress, no lines. */
  json?: boolean;
  /** Where progress goes; results go to `output`. */
  stream?: NodeJS.WriteStream;
  output?: NodeJS.WriteStream;
}

/** One task at a time: `begin`, any number of `update`s, `end`. */
export class Progress {
  private readonly silent: boolean;
  private readonly stream: NodeJS.WriteStream;
  private readonly output: NodeJS.WriteStream;
  private task: Task | undefined;

  constructor({ json = false, stream = process.stderr, output = process.stdout }: ProgressOptions = {}) {
    this.silent = json;
    this.stream = stream;
    this.output = output;
  }

  /** Begins a task of `total` parts, or (0) one that has none; one that is under way ends. */
  begin(title: string, total = 0): void {
    this.end();
    if (this.silent) return;
    this.task = this.stream.isTTY ? new Bar(this.stream, title, total) : new Lines(this.stream, title, total);
  }

  /** @param note what else there is to say: speed, loss, time left */
  update(done: number, note: string): void {
    this.task?.update(done, note);
  }

  end(): void {
    this.task?.end();
    this.task = undefined;
  }

  /** What the command is there for, on standard output. */
  result(text: string): void {
    this.write(this.output, text);
  }

  /** A line for people, on standard output; nothing beside JSON. */
  line(text: string): void {
    if (!this.silent) this.write(this.output, `${text}\n`);
  }

  /** A line that is no result, on standard error; also beside JSON. */
  warn(text: string): void {
    this.write(this.stream, `${text}\n`);
  }

  private write(stream: NodeJS.WriteStream, text: string): void {
    this.task?.hide();
    stream.write(text);
    this.task?.show();
  }
}

interface Task {
  update(done: number, note: string): void;
  end(): void;
  /** Around other lines. */
  hide(): void;
  show(): void;
}

class Bar implements Task {
  private done = 0;
  private note = "";
  private readonly bar: SingleBar;

  constructor(
    stream: NodeJS.WriteStream,
    private readonly title: string,
    private readonly total: number,
  ) {
    this.bar = new SingleBar({
      format: total > 0 ? "{title} {bar} {percentage}% {value}/{total} {note}" : "{title} …",
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 24,
      stream,
      clearOnComplete: true,
      // The terminal's settings are left alone, so that whatever ends the program need not restore them.
      hideCursor: null,
      linewrap: null,
      gracefulExit: false,
    });
    this.show();
  }

  update(done: number, note: string): void {
    this.done = done;
    this.note = note;
    this.bar.update(done, { title: this.title, note });
  }

  end(): void {
    this.bar.stop();
  }

  hide(): void {
    this.bar.stop();
  }

  show(): void {
    this.bar.start(this.total, this.done, { title: this.title, note: this.note });
  }
}

class Lines implements Task {
  private due = performance.now() + FIRST * 1000;
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly title: string,
    private readonly total: number,
  ) {
    // A task without parts is never updated.
    if (total === 0) this.timer = setTimeout(() => stream.write(`${title} …\n`), FIRST * 1000).unref();
  }

  update(done: number, note: string): void {
    const now = performance.now();
    if (now < this.due) return;
    this.due = now + NEXT * 1000;
    this.stream.write(`${this.title}: ${done} of ${this.total}${note && `, ${note}`}\n`);
  }

  end(): void {
    clearTimeout(this.timer);
  }

  hide(): void {}
  show(): void {}
}

/** Counts what is done and tells the speed and the time left since it was made. */
export class Pace {
  private readonly start = performance.now();

  constructor(
    private readonly total: number,
    private readonly unit = "images",
  ) {}

  note(done: number): string {
    const seconds = (performance.now() - this.start) / 1000;
    if (done === 0 || seconds === 0) return "";
    const speed = done / seconds;
    return `${speedOf(speed, this.unit)}, ${duration((this.total - done) / speed)} left`;
  }
}

export function speedOf(perSecond: number, unit = "images"): string {
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} ${unit}/s`;
}
