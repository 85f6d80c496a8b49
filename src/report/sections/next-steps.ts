// Next steps: what the run's own figures say would help, the most urgent first.
import type { SuspectedErrors } from "../../metrics/index.js";
import type { Facts } from "../facts.js";
import { type Html, html, listed, name } from "../html.js";
import { grouped } from "../words.js";

/** A label with fewer training pictures is one to collect more of, if it is found badly. */
const FEW = 100;
/** Labels that a sentence names. */
const NAMED = 5;

export function nextSteps(facts: Facts, suspected: SuspectedErrors): Html[] {
  const { bestEpoch, ended, settings } = facts;
  if (bestEpoch === 0) return [html`Train it: <code>--epochs</code> was 0.`];
  const steps: (Html | false)[] = [
    !ended && html`Let the run come to its end: the same command, and <code>--resume</code>.`,
    ended && overfits(facts),
    ended && stillRises(facts),
    scarce(facts),
    ended &&
      settings.freeze === "backbone" &&
      html`Let more of the network learn (<code>--freeze NAME</code>, or <code>none</code>): it takes longer, and may find
more. Only the classifier has learned here.`,
    suspected.missing.count + suspected.wrong.count > 0 &&
      html`Look through the <a href="#suspects">suspected label errors</a>: wrong labels make a tagger look worse than it
is.`,
    ended && html`Use it: <code>multihot predict ${name(`${facts.name}/bundle`)} PICTURE…</code>`,
  ];
  return steps.filter((step) => step !== false);
}

/** The validation loss has turned by a twentieth, and the training loss has not. */
function overfits({ epochs, settings }: Facts): Html | false {
  const last = epochs[epochs.length - 1];
  const least = epochs.reduce((best, epoch) => (epoch.validationLoss < best.validationLoss ? epoch : best));
  if (!(last.validationLoss > 1.05 * least.validationLoss && last.loss < least.loss)) return false;
  return html`From epoch ${least.epoch} on the validation loss rose while the training loss fell: it learns its pictures by
heart. More pictures help, ${settings.augment === "none" && html`<code>--augment light</code>, `}or a larger
<code>--weight-decay</code>.`;
}

/** The last epoch is the best, by a hundredth more than what stood before the last fifth of them. */
function stillRises({ epochs, bestEpoch, settings }: Facts): Html | false {
  const before = epochs[epochs.length - 1 - Math.ceil(epochs.length / 5)];
  const last = epochs[epochs.length - 1];
  if (last.epoch !== bestEpoch || last.mAP === null || before === undefined || before.mAP === null)
    return false;
  if (last.mAP - before.mAP < 0.01) return false;
  return html`mAP still rose at the end: more epochs (<code>--epochs ${2 * settings.epochs}</code>) may find more.`;
}

function scarce({ evaluation: { labels, mAP }, trainingCounts }: Facts): Html | false {
  const found = labels
    .map(({ averagePrecision, name }, i) => ({ averagePrecision, name, trained: trainingCounts[i].there }))
    .filter(
      ({ averagePrecision, trained }) =>
        trained < FEW && averagePrecision !== null && averagePrecision < (mAP ?? 1),
    )
    .sort((a, b) => a.trained - b.trained);
  if (found.length === 0) return false;
  return html`Collect training pictures of ${listed(
    found.map((label) => html`${name(label.name)} (${grouped(label.trained)} so far)`),
    NAMED,
  )}: of these there are few, and they are found worse than the average label.`;
}
