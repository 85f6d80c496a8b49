// calibrate: the ranges of a network's activations on pictures.
import type { Engine } from "../engines/engine.js";
import type { Graph } from "../graph/graph.js";
import { prune } from "../graph/passes/prune.js";
import type { Range } from "../graph/quantization/affine.js";
import { Histogram } from "../graph/quantization/histogram.js";
import type { Places } from "../graph/quantization/places.js";
import { inferShapes } from "../graph/shapes.js";
import { tensor } from "../graph/tensor.js";

/** Prepared pictures: uint8 [count, size, size, 3], RGB. */
export interface PreparedPictures {
  readonly images: Uint8Array;
  readonly count: number;
}

/**
 * Runs the network over pictures and gives the range of each value of `places` that has one of its own.
 * @param onProgress told how many pictures are done
 */
export async function calibrate(
  graph: Graph,
  places: Places,
  engine: Engine,
  pictures: AsyncIterable<PreparedPictures>,
  onProgress: (done: number) => void = () => {},
): Promise<Map<string, Range>> {
  const infos = inferShapes(graph);
  const watched = graph.clone();
  watched.outputs = places.values.flatMap((value) => {
    const info = infos.get(value);
    return info && !places.shared.has(value) ? [info] : [];
  });
  const histograms = new Map(watched.outputs.map(({ name }) => [name, new Histogram()]));
  const [, size] = graph.inputs[0].shape;
  const program = await engine.compile(prune(watched));
  try {
    let done = 0;
    for await (const { images, count } of pictures) {
      const image = tensor("uint8", [count, Number(size), Number(size), 3], images);
      for (const [name, { data }] of Object.entries(await program.run({ image }))) {
        histograms.get(name)?.add(data as Float32Array);
      }
      done += count;
      onProgress(done);
    }
  } finally {
    await program.close();
  }
  return new Map([...histograms].map(([name, histogram]) => [name, histogram.best]));
}
