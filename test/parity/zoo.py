# torchvision's families, and small networks of what they lack, beside ours: exports one, and measures one step's gradients in float64 and float32.
#
#   python3 zoo.py make FOLDER NAME SIZE BATCH BATCHES
#
# writes NAME.onnx as people export it (operator set 16, TrainingMode.PRESERVE, any number of images), head.bin/.json with
# the last linear layer (`weight`, `bias`, and its name as `names`, in bytes), and batch0.bin/.json … with images, targets
# and the float64 logits for inference (`logits`). Then, when the step that is to be compared has written its logits and
# gradients of a batch to ours.bin/.json,
#
#   python3 zoo.py compare FOLDER NAME SIZE BATCH INDEX
#
# writes step.bin/.json with the relative distances of the gradients from the float64 step's, ours and float32 PyTorch's
# (`gradients`), and how many of them we lack (`lacking`).
import json
import os
import sys

import numpy as np
import torch
import torchvision
from torch import nn

from exchange import save
from small_networks import small
from networks import LABELS, normalise, pictures, randomise_norms, targets

task, folder, name = sys.argv[1:4]
size, batch, number = map(int, sys.argv[4:7])
SEED = 1


class Pooled(nn.Sequential):
    """SqueezeNet's convolution that classifies as the linear layer on averaged features that takes its place."""

    def __init__(self, width):
        super().__init__(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, LABELS))


def network():
    torch.manual_seed(SEED)
    options = {"aux_logits": False, "init_weights": True} if name in ("googlenet", "inception_v3") else {}
    if name in small:
        made = small[name](LABELS)
    else:
        made = getattr(torchvision.models, name)(weights=None, num_classes=LABELS, **options)
    if name.startswith("squeezenet"):
        made.classifier = Pooled(512)
        # Its own flattens once more behind the classifier.
        made.forward = lambda x: made.classifier(made.features(x))
    for module in made.modules():
        # Drawn anew in each call, and here not what is held against each other.
        if isinstance(module, (nn.Dropout, torchvision.ops.StochasticDepth)):
            module.p = 0.0
        if isinstance(module, nn.MultiheadAttention):
            module.dropout = 0.0
        if isinstance(module, nn.LayerNorm):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.1)
    randomise_norms(made, SEED)
    # Some families begin with weights at zero (the class token, the head), whose gradients would be trivial.
    for weight in made.parameters():
        if not weight.any():
            nn.init.normal_(weight, 0, 0.02)
    return made


def head(made):
    return [(key, module) for key, module in made.named_modules() if isinstance(module, nn.Linear)][-1]


def inputs(i):
    return pictures(batch, size, SEED + i), targets(batch, SEED + i)


def step(dtype, i):
    made = network().to(dtype).train()
    images, wanted = inputs(i)
    logits = made(normalise(images, dtype))
    nn.BCEWithLogitsLoss()(logits, wanted.to(dtype)).backward()
    return logits.detach().double(), {key: weight.grad for key, weight in made.named_parameters()}


def load(file):
    with open(os.path.join(folder, f"{file}.json")) as text:
        entries = json.load(text)
    data = np.memmap(os.path.join(folder, f"{file}.bin"), np.uint8, "r")
    for key, entry in entries.items():
        count = int(np.prod(entry["shape"]))
        part = data[entry["offset"] : entry["offset"] + 4 * count].view(np.float32)
        yield key, torch.from_numpy(part.reshape(entry["shape"]).copy()).double()


def distance(a, b):
    return (a.double().flatten() - b.double().flatten()).square().sum().item()


if task == "make":
    made = network().eval()
    key, last = head(made)
    identity = np.frombuffer(key.encode(), np.uint8)
    # MaxViT's has no bias; ours begins with none then.
    bias = torch.zeros(LABELS) if last.bias is None else last.bias.detach()
    save(folder, "head", {"weight": last.weight.detach(), "bias": bias, "names": identity})
    torch.onnx.export(
        made,
        normalise(inputs(0)[0]),
        os.path.join(folder, f"{name}.onnx"),
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        opset_version=16,
        dynamic_axes={"image": [0], "logits": [0]},
        input_names=["image"],
        output_names=["logits"],
    )
    made = made.double().eval()
    for i in range(number):
        images, wanted = inputs(i)
        with torch.no_grad():
            logits = made(normalise(images, torch.float64))
        save(folder, f"batch{i}", {"images": images, "targets": wanted, "logits": logits})
else:
    _, exact = step(torch.float64, number)
    _, single = step(torch.float32, number)
    theirs = sum(distance(single[key], exact[key]) for key in exact)
    ours, seen = 0.0, 0
    for key, gradient in load("ours"):
        if key in exact:
            ours += distance(gradient, exact[key])
            seen += 1
    length = sum(gradient.square().sum().item() for gradient in exact.values())
    lacking = np.array([float(len(exact) - seen)])
    save(folder, "step", {"gradients": np.sqrt(np.array([ours, theirs]) / length), "lacking": lacking})
