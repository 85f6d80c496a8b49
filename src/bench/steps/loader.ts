// An epoch of augmented pictures from the loader, with as many threads as the benchmark has.

import { readDataset } from "../../data/dataset/read.js";
import { Loader } from "../../data/loader/loader.js";
import type { Prepare } from "./step.js";

export const prepare: Prepare = async (_, _ours, { data, size, batch, threads }) => {
  const { pictures } = await readDataset(data);
  const transform = { kind: "augment", size } as const;
  const loader = new Loader(pictures, { batch, transform, seed: 1, shuffle: true, threads });
  let epoch = 0;
  return {
    versions: `Node ${process.version}`,
    items: pictures.length,
    async step() {
      let count = 0;
      for await (const { count: there } of loader.epoch(++epoch)) count += there;
      if (count === 0) throw new Error("No picture could be read.");
    },
    end: () => loader.close(),
  };
};
