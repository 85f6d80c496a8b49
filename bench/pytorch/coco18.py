# Fine-tunes a pretrained backbone on a multi-label CSV in PyTorch: the yardstick for our own training.
#
#   python3 bench/pytorch/coco18.py --data ../shared/data/coco18 --weights ../shared/weights \
#     --backbone squeezenet1_1 --freeze backbone --seed 1 2 3
#   python3 bench/pytorch/coco18.py … --backbone mobilenetv2 --freeze none --seed 1
#
# Prints one JSON object a line: one an epoch, and a last one a seed with the best epoch's mAP.
import argparse
import csv
import json
import os
import time

import numpy as np
import torch
from PIL import Image
from sklearn.metrics import average_precision_score
from torch import nn
from torchvision import transforms

from onnx_module import OnnxModule

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# The value that holds the features: the classifier behind it is cut off.
BACKBONES = {
    "squeezenet1_1": ("squeezenet1_1-imagenet.onnx", "/features/features.12/Concat_output_0"),
    "mobilenetv2": ("mobilenetv2-imagenet-features.onnx", None),
    "resnet50v2": ("resnet50v2-imagenet-stage3-features.onnx", None),
}

# What each way of freezing takes where the command line says nothing.
DEFAULTS = {
    "backbone": dict(epochs=30, size=224, optimizer="adamw", lr=1e-3, weight_decay=1e-2, schedule="constant"),
    "none": dict(epochs=3, size=96, optimizer="adamw", lr=3e-4, weight_decay=1e-2, schedule="onecycle"),
}


def read_csv(path, labels=None):
    """Pictures (decoded, RGB) and 0/1 targets of a CSV with columns `image` and `labels` (separated by |)."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    tags = [[t for t in row["labels"].split("|") if t] for row in rows]
    labels = labels or sorted({t for row in tags for t in row})
    targets = np.zeros((len(rows), len(labels)), np.float32)
    for i, row in enumerate(tags):
        for tag in row:
            targets[i, labels.index(tag)] = 1
    folder = os.path.dirname(path)
    pictures = []
    for row in rows:
        with Image.open(os.path.join(folder, row["image"])) as image:
            pictures.append(image.convert("RGB"))
    return pictures, torch.from_numpy(targets), labels


class Tagger(nn.Module):
    def __init__(self, backbone, labels):
        super().__init__()
        self.backbone = backbone
        with torch.no_grad():
            self.features = backbone.eval()(torch.zeros(1, 3, 224, 224)).shape[1]
        self.head = nn.Linear(self.features, labels)
        nn.init.kaiming_normal_(self.head.weight, mode="fan_in", nonlinearity="relu")
        nn.init.zeros_(self.head.bias)

    def pooled(self, x):
        return self.backbone(x).mean((2, 3))

    def forward(self, x):
        return self.head(self.pooled(x))


def groups(parameters, weight_decay):
    """Weight decay on weights, none on biases and on what BatchNorm learns."""
    parameters = list(parameters)
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def mean_average_precision(targets, scores):
    found = targets.sum(0) > 0
    return float(average_precision_score(targets[:, found], scores[:, found], average="macro"))


def batches(n, size, generator):
    return torch.randperm(n, generator=generator).split(size)


def stack(pictures, transform, layout):
    return torch.stack([transform(p) for p in pictures]).contiguous(memory_format=layout)


def features(model, pictures, transform, layout, batch=32):
    model.eval()
    with torch.inference_mode():
        return torch.cat(
            [model.pooled(stack(pictures[i : i + batch], transform, layout)) for i in range(0, len(pictures), batch)]
        ).clone()


def run(options, seed, model, train, val, transforms_, layout, cached):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    pictures, targets = train
    frozen = options.freeze == "backbone"
    trained = model.head.parameters() if frozen else model.parameters()
    if options.optimizer == "adamw":
        optimizer = torch.optim.AdamW(groups(trained, options.weight_decay), lr=options.lr)
    else:
        optimizer = torch.optim.SGD(groups(trained, options.weight_decay), lr=options.lr, momentum=options.momentum)
    steps = options.epochs * -(-len(pictures) // options.batch)
    schedule = None
    if options.schedule == "onecycle":
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, options.lr, total_steps=steps, pct_start=0.3, anneal_strategy="cos",
            div_factor=25, final_div_factor=1e4, cycle_momentum=False,
        )
    criterion = nn.BCEWithLogitsLoss()
    best, started = 0.0, time.time()
    for epoch in range(1, options.epochs + 1):
        model.train(not frozen)
        total, begun = 0.0, time.time()
        for chosen in batches(len(pictures), options.batch, generator):
            if frozen:
                logits = model.head(cached[0][chosen])
            else:
                logits = model(stack([pictures[i] for i in chosen], transforms_[0], layout))
            loss = criterion(logits, targets[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            if schedule:
                schedule.step()
            total += loss.item() * len(chosen)
        trained_in = time.time() - begun
        model.eval()
        with torch.inference_mode():
            if not frozen:
                cached = (None, features(model, val[0], transforms_[1], layout))
            logits = model.head(cached[1])
            val_loss = criterion(logits, val[1]).item()
        score = mean_average_precision(val[1].numpy(), logits.numpy())
        best = max(best, score)
        print(json.dumps(dict(
            backbone=options.backbone, freeze=options.freeze, seed=seed, epoch=epoch,
            loss=round(total / len(pictures), 5), valLoss=round(val_loss, 5), mAP=round(score, 5),
            imagesPerSecond=round(len(pictures) / trained_in, 1),
        )), flush=True)
    print(json.dumps(dict(
        done=True, backbone=options.backbone, freeze=options.freeze, seed=seed, mAP=round(best, 5),
        seconds=round(time.time() - started, 1), lr=options.lr, size=options.size, threads=options.threads,
    )), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="../shared/data/coco18", help="folder with train.csv and val.csv")
    parser.add_argument("--weights", default="../shared/weights", help="folder with the ONNX files")
    parser.add_argument("--backbone", choices=BACKBONES, required=True)
    parser.add_argument("--freeze", choices=DEFAULTS, default="backbone")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--size", type=int)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--optimizer", choices=["sgd", "adamw"])
    parser.add_argument("--lr", type=float)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--weight-decay", type=float)
    parser.add_argument("--schedule", choices=["constant", "onecycle"])
    parser.add_argument("--layout", choices=["channels_last", "nchw"], default="nchw")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    for name, value in DEFAULTS[options.freeze].items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    torch.set_num_threads(options.threads)
    layout = torch.channels_last if options.layout == "channels_last" else torch.contiguous_format

    normalise = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    augment = transforms.Compose(
        [transforms.RandomResizedCrop(options.size, scale=(0.6, 1)), transforms.RandomHorizontalFlip(), *normalise]
    )
    plain = transforms.Compose(
        [transforms.Resize(round(options.size * 256 / 224)), transforms.CenterCrop(options.size), *normalise]
    )
    pictures, targets, labels = read_csv(os.path.join(options.data, "train.csv"))
    val_pictures, val_targets, _ = read_csv(os.path.join(options.data, "val.csv"), labels)

    file, output = BACKBONES[options.backbone]
    cached = None
    for seed in options.seed:
        torch.manual_seed(seed)
        model = Tagger(OnnxModule(os.path.join(options.weights, file), output), len(labels)).to(memory_format=layout)
        if options.freeze == "backbone" and cached is None:  # the same for every seed: nothing in it is random
            begun = time.time()
            cached = (features(model, pictures, plain, layout), features(model, val_pictures, plain, layout))
            print(json.dumps(dict(
                backbone=options.backbone, features=model.features, seconds=round(time.time() - begun, 1),
            )), flush=True)
        run(options, seed, model, (pictures, targets), (val_pictures, val_targets), (augment, plain), layout, cached)


if __name__ == "__main__":
    main()
