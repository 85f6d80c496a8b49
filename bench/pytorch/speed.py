# PyTorch's side of the speed benchmark: ResNet-50 as a PyTorch user writes it to go fast on a CPU.
#
#   python3 bench/pytorch/speed.py --row inference --layout channels_last
#
# Says on standard output, in JSON lines, that it is ready; then reads requests `{"steps": n}` from standard
# input and answers each with the seconds of every step and the peak of the process's memory.
import argparse
import json
import resource
import sys
import time

import torch
import torchvision
from torch import nn
from torch.fx.experimental.optimization import fuse

ROWS = ["inference", "head", "stage", "all", "all-frozen-norm"]


def freeze_norms(network):
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
            module.weight.requires_grad_(False)
            module.bias.requires_grad_(False)


class Trunk(nn.Module):
    """The frozen part; BatchNorm is folded into the convolutions."""

    def __init__(self, network, stages):
        super().__init__()
        layers = [network.conv1, network.bn1, network.relu, network.maxpool]
        layers += [getattr(network, f"layer{i}") for i in range(1, stages + 1)]
        self.layers = fuse(nn.Sequential(*layers).eval())

    def forward(self, x):
        with torch.no_grad():
            return self.layers(x)


def inference(network):
    fused = fuse(network.eval())

    def step(images, targets):
        with torch.inference_mode():
            fused(images)

    return step


def training(forward, parameters):
    optimizer = torch.optim.SGD(parameters, lr=1e-3, momentum=0.9, weight_decay=1e-4)
    criterion = nn.BCEWithLogitsLoss()

    def step(images, targets):
        loss = criterion(forward(images), targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def prepare(row, labels, layout):
    torch.manual_seed(1)
    network = torchvision.models.resnet50(weights=None)
    network.fc = nn.Linear(network.fc.in_features, labels)
    network.to(memory_format=layout)
    if row == "inference":
        return inference(network)
    network.train()
    if row.startswith("all"):
        if row == "all-frozen-norm":
            freeze_norms(network)
        return training(network, [p for p in network.parameters() if p.requires_grad])
    trunk = Trunk(network, stages=4 if row == "head" else 3)
    rest = [network.avgpool, nn.Flatten(1), network.fc]
    if row == "stage":
        rest.insert(0, network.layer4)
    trained = nn.Sequential(*rest).train()
    return training(lambda images: trained(trunk(images)), trained.parameters())


def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def answer(message):
    print(json.dumps(message), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--row", choices=ROWS, required=True)
    parser.add_argument("--layout", choices=["channels_last", "nchw"], default="channels_last")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--labels", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    layout = torch.channels_last if options.layout == "channels_last" else torch.contiguous_format
    step = prepare(options.row, options.labels, layout)
    # Decoded and normalised beforehand: a loader does that on other threads.
    images = torch.randn(options.batch, 3, options.size, options.size).contiguous(memory_format=layout)
    targets = (torch.rand(options.batch, options.labels) < 0.2).float()
    answer({"ready": f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}"})
    for line in sys.stdin:
        seconds = []
        for _ in range(json.loads(line)["steps"]):
            begun = time.perf_counter()
            step(images, targets)
            seconds.append(time.perf_counter() - begun)
        answer({"seconds": seconds, "peakBytes": peak()})


if __name__ == "__main__":
    main()
