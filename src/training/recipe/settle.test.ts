import assert from "node:assert/strict";
import { test } from "node:test";
import { settled as choose } from "../../../test/support/settled.js";
import type { UserError } from "../../base/errors.js";
import type { Facts } from "./facts.js";
import { checkOptions, type TrainOptions } from "./options.js";

test("few pictures leave the backbone as it is and cost one pass through it", () => {
  const { settings, choices } = choose({}, { imageCount: 200 });
  assert.equal(settings.freeze, "backbone");
  assert.equal(settings.augment, "none");
  assert.equal(settings.batch, 16);
  assert.ok(choices.some((choice) => /--freeze backbone: 200 images are too few/.test(choice)));
});

test("more pictures teach the last stage, or all of a network without stages", () => {
  assert.equal(choose({}).settings.freeze, "layer3");
  assert.equal(choose({}, { hasModule: () => false }).settings.freeze, "none");
  assert.equal(choose({}).settings.augment, "light");
});

test("a classifier that is left alone by a module's name has what it has behind --freeze backbone", () => {
  const { freeze, ...rest } = choose({ freeze: "layer4" }, { featureScale: 4 }).settings;
  const { freeze: _, ...wanted } = choose({ freeze: "backbone" }, { featureScale: 4 }).settings;
  assert.equal(freeze, "layer4");
  assert.deepEqual(rest, wanted);
  assert.throws(
    () => choose({ freeze: "layer4", unfreeze: 1 }),
    /--freeze layer4 leaves the classifier alone/,
  );
});

test("a network that knows nothing learns everything", () => {
  const { settings } = choose({}, { pretrained: false, imageCount: 500 });
  assert.equal(settings.freeze, "none");
  assert.equal(settings.size, 128);
  assert.equal(settings.epochs, 40);
});

test("a new classifier begins with logits of a hundredth, or a tenth, whatever the size of its features", () => {
  const part = (options: Partial<TrainOptions>, features?: number) =>
    choose({ freeze: "backbone", head: "average", ...options }, { featureScale: features }).settings.headInit;
  // Its deviation is √2 times that.
  for (const features of [0.02, 1, 50]) assert.equal(part({}, features) * features, 0.01);
  assert.equal(part({}, 0.001), 1);
  for (const features of [0.02, 50]) assert.equal(part({ head: "mlp" }, features), 0.01);
  assert.equal(part({ head: "mlp", freeze: "layer3" }, 50), 0.1);
  assert.equal(part({ headInit: 0.5 }, 4), 0.5);
  assert.equal(part({ head: "average", freeze: "none" }, 4), 0.025);
  assert.equal(part({}), 1);
});

test("a classifier alone takes steps that suit the size of its features", () => {
  const rates = (features: number) => {
    const { lr, weightDecay } = choose(
      { freeze: "backbone", head: "average" },
      { featureScale: features },
    ).settings;
    return [lr, weightDecay];
  };
  assert.deepEqual(
    [rates(1), rates(0.01)],
    [
      [0.003, 0.3],
      [0.3, 0.003],
    ],
  );
  assert.equal(choose({ freeze: "none" }, { featureScale: 0.01 }).settings.lr, 3e-4);
  // Two layers bring them to size 1 themselves.
  for (const features of [0.01, 50]) {
    const { lr, weightDecay } = choose(
      { freeze: "backbone", head: "mlp" },
      { featureScale: features },
    ).settings;
    assert.deepEqual([lr, weightDecay], [0.001, 0.3]);
  }
});

test("behind pretrained layers stand two and learn smoothed answers, unless a recipe of one's own is meant", () => {
  const chosen = (options: Partial<TrainOptions>, changed: Partial<Facts> = {}) => {
    const { head, labelSmoothing, headLr } = choose({ freeze: "backbone", ...options }, changed).settings;
    return [head, labelSmoothing, headLr];
  };
  for (const imageCount of [20, 200, 20_000]) {
    assert.deepEqual(chosen({}, { imageCount }), ["mlp", 0.1, undefined]);
    assert.deepEqual(chosen({ freeze: "layer3" }, { imageCount }), ["mlp", 0.1, 0.003]);
  }
  assert.deepEqual(chosen({ freeze: "layer3", lr: 1e-4 }), ["mlp", 0.1, 0.001]);
  assert.deepEqual(chosen({ freeze: "none", headLr: 0.5 }), ["mlp", 0.1, 0.5]);
  assert.deepEqual(chosen({ lr: 0.01 }), ["mlp", 0.1, undefined]);
  assert.deepEqual(chosen({ head: "average" }), ["average", 0.1, undefined]);
  assert.deepEqual(chosen({ freeze: "none", head: "average" }), ["average", 0.1, undefined]);
  assert.deepEqual(chosen({ labelSmoothing: 0.3 }), ["mlp", 0.3, undefined]);
  assert.deepEqual(chosen({ labelSmoothing: 0 }), ["mlp", 0, undefined]);
  assert.deepEqual(chosen({ loss: "focal" }), ["mlp", 0, undefined]);
  assert.deepEqual(chosen({ positiveWeights: "balanced" }), ["mlp", 0, undefined]);
  assert.deepEqual(chosen({ head: "csra" }), ["csra", 0, undefined]);
  const plain = ["average", 0, undefined];
  for (const options of [
    { optimizer: "sgd", momentum: 0.9 },
    { optimizer: "adamw", freeze: "none" },
    { weightDecay: 0.01, freeze: "layer3" },
  ] as const) {
    assert.deepEqual(chosen(options), plain);
  }
  assert.equal(chosen({ epochs: 0 })[0], "average");
  for (const freeze of ["backbone", "none"])
    assert.deepEqual(chosen({ freeze }, { pretrained: false }), plain);
});

test("of BatchNormalizations nothing is told where none learns, save that an option changes nothing", () => {
  const told = (options: Partial<TrainOptions>, changed: Partial<Facts> = {}) =>
    choose(options, changed).choices.filter((choice) => choice.startsWith("--batchnorm "));
  const one = told({ freeze: "none", batch: 1 });
  assert.deepEqual(one, ["--batchnorm frozen: the statistics of 1 image are unreliable"]);
  assert.deepEqual(told({ freeze: "none", batch: 1 }, { normalizes: false }), []);
  assert.deepEqual(told({ freeze: "backbone" }), []);
  assert.match(told({ freeze: "backbone", batchnorm: "batch" })[0], /has no effect/);
  assert.match(told({ freeze: "none", batchnorm: "batch" }, { normalizes: false })[0], /has no effect/);
  assert.deepEqual(told({ freeze: "none", batchnorm: "batch" }), []);
});

test("whoever gets a single layer for a recipe of their own is told", () => {
  const told = (options: Partial<TrainOptions>) =>
    choose(options).choices.filter((choice) => choice.startsWith("--head "));
  assert.match(told({ optimizer: "sgd", momentum: 0.9 })[0], /--head average: you set --optimizer/);
  assert.match(told({ weightDecay: 0 })[0], /--head average: you set --weight-decay/);
  assert.deepEqual(told({ weightDecay: 0, head: "max" }), []);
});

test("numbers of pictures are told in the singular and in the plural", () => {
  assert.match(
    choose({}, { imageCount: 1 }).choices.join("\n"),
    /backbone: 1 image is too few.*: 1 image should give as many steps as possible/s,
  );
  assert.match(
    choose({}, { imageCount: 2 }).choices.join("\n"),
    /: 2 images are too few.*: 2 images should/s,
  );
});

test("what is told is kept, changes what depends on it, and is not told back", () => {
  const { settings, choices } = choose({ optimizer: "sgd", freeze: "none", batch: 8, lr: 0.5 });
  assert.deepEqual(
    [settings.optimizer, settings.lr, settings.weightDecay, settings.batchnorm],
    ["sgd", 0.5, 1e-4, "frozen"],
  );
  assert.ok(!choices.some((choice) => /^--(optimizer|lr|freeze|batch) /.test(choice)));
});

test("where each epoch has new pictures, a frozen backbone spares nothing, and they are augmented too", () => {
  const augment = (options: Partial<TrainOptions>) =>
    choose({ freeze: "backbone", ...options }).settings.augment;
  assert.deepEqual(
    [augment({}), augment({ mixup: 0.2 }), augment({ cutmix: 1 }), augment({ randAugment: "2,9" })],
    ["none", "light", "light", "light"],
  );
  assert.equal(augment({ mixup: 0.2, augment: "none" }), "none");
  assert.throws(
    () => choose({ freeze: "backbone", views: 3, mixup: 0.2 }),
    /--views .* --mixup and --cutmix/,
  );
});

test("one-cycle rises for 30 % of the run, as PyTorch's", () => {
  assert.equal(choose({ epochs: 20 }).settings.warmup, 6);
  assert.equal(choose({ epochs: 20, schedule: "cosine" }).settings.warmup, 1);
});

test("options that cannot go together are refused, all at once", () => {
  assert.throws(() => choose({ momentum: 0.9 }), /--momentum belongs to --optimizer sgd/);
  assert.throws(() => choose({ warmup: 4, epochs: 3 }), /--warmup 4 .* --epochs 3/);
  assert.equal(choose({ unfreeze: 3, epochs: 3 }).settings.unfreeze, 3);
  assert.throws(() => choose({ progressive: 224 }), /--progressive 224 .* --size 224/);
  assert.throws(() => choose({ progressive: 128, epochs: 1 }), /two epochs or more/);
  assert.throws(() => choose({ views: 2, augment: "none" }), /--views .* nothing is augmented/);
  assert.throws(() => choose({ views: 2, freeze: "none" }), /--views .* nothing is frozen/);
  const all = {
    momentum: 0.9,
    warmup: 4,
    epochs: 3,
    progressive: 300,
    views: 2,
    freeze: "none",
  };
  assert.throws(
    () => choose(all),
    ({ problems }: UserError) =>
      problems.map((text) => text.slice(0, 6)).join() === "--mome,--warm,--prog,--view",
  );
});

test("a RandAugment is a number of changes and a strength", () => {
  const check = (randAugment: unknown) =>
    checkOptions({ data: "d.csv", out: "run", randAugment } as unknown as TrainOptions);
  for (const text of ["1,0", "2,9", "3,29.5", "14,30"]) assert.equal(check(text).randAugment, text);
  for (const text of ["2", "0,9", "2,31", "2,-1", "1.5,9", "2, 9", "", 2]) {
    assert.throws(() => check(text), /randAugment: must be N,M/);
  }
});

test("an option of one head is refused where another, or none, is named", () => {
  const check = (options: Partial<TrainOptions>) => checkOptions({ data: "d.csv", out: "run", ...options });
  assert.throws(() => check({ csraLambda: 1, head: "max" }), /csraLambda: .* the head is max\./);
  assert.throws(() => check({ csraHeads: 2 }), /csraHeads: .* no head is named\./);
  check({ csraLambda: 1, head: "csra" });
});

test("every option that is wrong is named at once", () => {
  const wrong = {
    unknown: "ignore" as const,
    data: "d.csv",
    out: "run",
    epochs: -1,
    lr: "fast",
    bacth: 3,
  } as unknown as TrainOptions;
  assert.throws(() => checkOptions(wrong), { message: /epochs: [\s\S]*lr: [\s\S]*bacth/ });
});
