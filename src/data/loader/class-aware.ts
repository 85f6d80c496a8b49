// Class-aware sampling: each label is drawn as often as every other, and with it one of its pictures.
import { permutation, random } from "../../base/random.js";
import type { Dataset } from "../dataset/dataset.js";
import type { Sampler } from "./sampler.js";

/**
 * As many draws an epoch as there are pictures. Labels come in rounds, each once a round in a random order, and each
 * brings the next of its pictures (targets above ½), whose order is random too; after the last of them they begin
 * again in another. Pictures that bear no label come as if that were a label of their own.
 *
 * Li Shen, Lin and Huang 2016, "Relay Backpropagation for Effective Learning of Deep Convolutional Neural Networks",
 * arXiv:1512.05830, section 3.2. What they carry over from epoch to epoch begins anew in each here, so that an epoch
 * depends on the seed and its number alone.
 */
export function classAware(set: Dataset, seed: number): Sampler {
  const classes = picturesByLabel(set).filter(({ length }) => length > 0);
  return (epoch) => {
    const turns = inRounds(classes.length, random(seed, "class-aware", epoch));
    const pictures = classes.map(({ length }, i) => inRounds(length, random(seed, "class-aware", epoch, i)));
    return Uint32Array.from(set.pictures, () => {
      const drawn = turns();
      return classes[drawn][pictures[drawn]()];
    });
  };
}

/** The pictures that bear each label, and last those that bear none. */
function picturesByLabel({ labels, pictures, targets }: Dataset): number[][] {
  const classes: number[][] = Array.from({ length: labels.length + 1 }, () => []);
  pictures.forEach((_, picture) => {
    const row = targets.subarray(picture * labels.length, (picture + 1) * labels.length);
    const borne = labels.flatMap((_, label) => (row[label] > 0.5 ? [label] : []));
    for (const label of borne.length > 0 ? borne : [labels.length]) classes[label].push(picture);
  });
  return classes;
}

/** Gives 0 … n − 1 in a random order, then again in another, and so on. */
function inRounds(n: number, stream: ReturnType<typeof random>): () => number {
  let order = permutation(n, stream);
  let next = 0;
  return () => {
    if (next === n) {
      order = permutation(n, stream);
      next = 0;
    }
    return order[next++];
  };
}
