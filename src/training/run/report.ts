// The run's report: written at its end, and anew whenever it is asked for.
import { basename, resolve } from "node:path";
import { writeWhole } from "../../base/write-whole.js";
import { partSets, readNamed } from "../input/read-datasets.js";
import { sentenceOf } from "../recipe/choice.js";
import { lossOf } from "../recipe/run-loss.js";
import { tune } from "../tuning/tuning.js";
import { folderError } from "./folder-error.js";
import { changes, dataFingerprints, RunFolder } from "./run-folder.js";
import { keptTestFigures } from "./test-set.js";

type ReportInput = import("../../report/input.js").ReportInput;

/** What a run's folder does not tell by itself. */
interface ReportParts
  extends Pick<
    ReportInput,
    "training" | "validation" | "heldOut" | "test" | "loss" | "scores" | "tuning" | "bestEpoch" | "ended"
  > {
  /** The last epoch that is done. */
  readonly done: number;
}

/** Told how many of the report's pictures have been read; 0 of 0 while its figures are calculated. */
type OnProgress = (done: number, total: number) => void;

/** Writes `report.html` and returns its path. */
export async function writeReport(
  folder: RunFolder,
  { done, ...parts }: ReportParts,
  onProgress: OnProgress,
): Promise<string> {
  onProgress(0, 0);
  const { settings, engine, choices } = await folder.readConfig();
  const epochs = await folder.readMetrics(done + 1);
  // Loading what draws takes a moment, which a run that is interrupted need not spend.
  const { report } = await import("../../report/report.js");
  const input = {
    name: basename(folder.path),
    epochs,
    settings,
    engine,
    choices: choices.map(sentenceOf),
    ...parts,
  };
  await writeWhole(folder.report, await report(input, { onProgress }));
  return folder.report;
}

/**
 * Writes the report of a run anew: of the best epoch so far where the run is not at its end. It reads the run's data,
 * and neither needs its network nor changes anything else.
 *
 * @param run the run's folder
 * @returns the report's path (absolute)
 * @throws UserError if there is no run, no epoch of it is done, or its data have changed
 */
export async function reportRun(run: string, onProgress: OnProgress = () => undefined): Promise<string> {
  const folder = RunFolder.existing(resolve(run));
  if (folder === undefined) {
    throw folderError(`${run} holds no run; wanted the folder that train was told by --out.`);
  }
  const { settings, fingerprints } = await folder.readConfig();
  if (!folder.checkpoint.exists()) {
    throw folderError(
      settings.epochs === 0
        ? `The run in ${run} has trained no epoch; train itself writes its report: ${again}.`
        : `No epoch of the run in ${run} is done yet, so there is nothing to report. Go on with it: ${again}.`,
    );
  }
  const { position, best } = await folder.checkpoint.progress();
  if (best === undefined) {
    throw folderError(
      `No epoch of the run in ${run} is done yet, so there is nothing to report. Go on with it: ${again}.`,
    );
  }
  const scores = await folder.checkpoint.roughScores();
  if (scores === undefined) {
    throw folderError(
      `The run in ${run} is of a version that did not keep what the network said of the validation pictures. ` +
        `Go on with it, which also writes the report: ${again}.`,
    );
  }
  const { training, validation } = await partSets(
    await readNamed({ ...settings, test: undefined }),
    settings.seed,
    (set) => folder.nearCopiesIn(set),
  );
  const problems = changes(fingerprints, dataFingerprints(training, validation));
  if (problems.length > 0) {
    throw folderError(
      `The run in ${run} cannot be reported, since its data have changed since it began. Put them back:`,
      problems,
    );
  }
  const chosen = await folder.readTuning();
  return writeReport(
    folder,
    {
      training,
      validation,
      heldOut: settings.val === undefined,
      test: chosen && (await keptTestFigures(folder.test)),
      loss: lossOf(settings, training).loss,
      scores,
      tuning: chosen ?? tune(scores, training.labels.length, settings),
      bestEpoch: best.epoch,
      done: position.epoch - 1,
      ended: chosen !== undefined,
    },
    onProgress,
  );
}

const again = "multihot train with the same options and --resume";
