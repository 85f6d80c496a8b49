// How many pictures of a set bear each label, lack it, or are unknown.
import type { Dataset } from "../../data/dataset/dataset.js";

export interface LabelCounts {
  readonly there: number;
  readonly absent: number;
  readonly unknown: number;
}

/** One a label; a soft target counts as there from 0.5 on. */
export function labelCounts({ labels, targets }: Pick<Dataset, "labels" | "targets">): LabelCounts[] {
  const counts = labels.map(() => ({ there: 0, absent: 0, unknown: 0 }));
  for (let i = 0; i < targets.length; i++) {
    counts[i % labels.length][targets[i] < 0 ? "unknown" : targets[i] < 0.5 ? "absent" : "there"]++;
  }
  return counts;
}
