// The program of the forum post, line by line: a pretrained ResNet-50 with a classifier of one's own, for
// pictures that bear several labels at once.
//
//   node dist/examples/from-the-post.js LABELS.csv [WEIGHTS]
import { pathToFileURL } from "node:url";
import {
  bce,
  classifier,
  kaimingNormal,
  Loader,
  readDataset,
  resnet50,
  sgd,
  sigmoid,
  targetsOf,
  trainingStep,
} from "multihot";

export async function fromThePost(data: string, { weights = "imagenet", size = 224 } = {}) {
  const dataset = await readDataset(data);

  // model = models.resnet50(pretrained=True), and everything but its last layer: the width of the features is
  // found in the network, not typed in.
  const backbone = await resnet50({ weights });

  // The plugged classifier: a linear layer from the features to one logit a label. Kaiming-normal weights, zero
  // bias, all from one seed.
  const model = classifier(backbone, { labels: dataset.labels.length, init: kaimingNormal(), seed: 1, size });

  // model.freeze("backbone"); // to train the classifier alone; as in the post, everything trains

  // Where does the sigmoid belong? Not into the model, and not before the loss. The model ends in logits, and
  // the loss takes logits: it holds the sigmoid, fused with the logarithm of the cross-entropy. Taken apart, σ(x)
  // is exactly 1 in float32 from x = 16.6 on, so that log(1 − σ(x)) is −∞ and a confident mistake, which should
  // teach the most, teaches nothing. The sigmoid is applied one level higher, by whoever wants probabilities:
  // at the foot of this function. And it is a sigmoid for each label, not a softmax over them, since the labels
  // do not exclude each other.
  const loss = bce();
  const optimizer = sgd({ learningRate: 0.01, momentum: 0.9 });
  const step = await trainingStep(model, { loss, optimizer, engine: "auto" });

  const loader = new Loader(dataset.pictures, {
    batch: 16,
    transform: { kind: "augment", size },
    seed: 1,
    shuffle: true,
  });
  const losses: number[] = [];
  let last: Uint8Array = new Uint8Array();
  for await (const { images, pictures } of loader.epoch(1)) {
    const { loss } = await step.run(images, targetsOf(dataset, pictures));
    losses.push(loss);
    last = images;
  }

  const logits = await model.forward(last);
  const probabilities = sigmoid(logits);

  for (const each of [loader, step, model]) await each.close();
  return { losses, logits, probabilities };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [data, weights] = process.argv.slice(2);
  const { losses, probabilities } = await fromThePost(data, { weights });
  console.log("losses:", losses);
  console.log("probabilities of the last batch:", probabilities);
}
