# PyTorch's side of the speed benchmark, as a PyTorch user writes it to go fast on a CPU: channels_last, autocast,
# inference_mode, set_to_none, BatchNorm folded in what does not train.
#
#   python3 bench/pytorch/speed.py --row stage --precision bf16 --backbone resnet50
#
# Says on standard output, in JSON lines, that it is ready; then reads requests `{"steps": n}` from standard
# input and answers each with the seconds of every step and the peak of the process's memory.
import argparse
import contextlib
import json
import resource
import sys
import time

import torch
import torchvision
from torch import nn
from torch.fx.experimental.optimization import fuse
from torchvision import transforms

NETWORK = ["inference", "stage", "stage-cached", "all", "all-frozen-norm"]
ROWS = NETWORK + ["run", "latency", "loss", "loss-naive", "loader"]
LAYOUT = torch.channels_last
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def autocast(precision):
    if precision == "bf16":
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return contextlib.nullcontext()


def is_file(backbone):
    return "/" in backbone or "." in backbone


class Network(nn.Module):
    """A backbone in two parts, the pool and a linear layer. The parts of a ResNet meet before layer4."""

    def __init__(self, backbone, labels):
        super().__init__()
        if is_file(backbone):
            from onnx_module import OnnxModule

            self.lower, self.upper = nn.Identity(), OnnxModule(backbone)
        else:
            net = torchvision.models.__dict__[backbone](weights=None)
            stem = [net.conv1, net.bn1, net.relu, net.maxpool]
            self.lower = nn.Sequential(*stem, net.layer1, net.layer2, net.layer3)
            self.upper = net.layer4
        with torch.no_grad():
            maps = self.upper.eval()(self.lower.eval()(torch.zeros(2, 3, 64, 64)))
        # Some ONNX files pool themselves.
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(1)) if maps.ndim == 4 else nn.Flatten(1)
        self.head = nn.Linear(maps.shape[1], labels)

    def forward(self, x):
        return self.head(self.pool(self.upper(self.lower(x))))


def frozen(*parts):
    """What does not train, with BatchNorm folded into the convolutions where that can be traced."""
    part = nn.Sequential(*parts).eval()
    for parameter in part.parameters():
        parameter.requires_grad_(False)
    try:
        return fuse(part)
    except Exception:  # what fx cannot trace runs as it is
        return part


def freeze_norms(network):
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
            module.weight.requires_grad_(False)
            module.bias.requires_grad_(False)


def predictor(network, precision):
    fused = frozen(network)
    # Converted once: autocast would convert the weights at every call.
    if precision == "bf16":
        fused = fused.to(torch.bfloat16)

    def predict(images):
        with torch.inference_mode():
            return fused(images.to(torch.bfloat16) if precision == "bf16" else images)

    return predict


def training(forward, trained, precision):
    parameters = [p for p in trained if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=1e-3, momentum=0.9, weight_decay=1e-4)
    criterion = nn.BCEWithLogitsLoss()

    def step(images, targets):
        with autocast(precision):
            loss = criterion(forward(images), targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def network_row(options):
    """A step on pictures that are decoded and normalised: a loader does that on other threads."""
    precision, size = options.precision, options.size
    network = Network(options.backbone, options.labels).to(memory_format=LAYOUT)
    shape = (options.batch, 3, size, size)
    if options.row == "inference":
        predict = predictor(network, precision)
        step = lambda images, targets: predict(images)
    elif options.row.startswith("stage"):
        lower = frozen(network.lower)
        rest = nn.Sequential(network.upper, network.pool, network.head).train()
        if options.row == "stage-cached":
            shape = lower(torch.zeros(1, 3, size, size)).shape
            shape = (options.batch, *shape[1:])
            forward = rest
        else:

            def forward(images):
                with torch.no_grad():
                    maps = lower(images)
                return rest(maps)

        step = training(forward, rest.parameters(), precision)
    else:
        network.train()
        if options.row == "all-frozen-norm":
            freeze_norms(network)
        step = training(network, network.parameters(), precision)
    images = torch.randn(shape).contiguous(memory_format=LAYOUT)
    targets = (torch.rand(options.batch, options.labels) < 0.2).float()
    return options.batch, lambda: step(images, targets)


def loss_row(options):
    logits = (3 * torch.randn(1024, 10_000)).requires_grad_()
    targets = (torch.rand(1024, 10_000) < 0.002).float()

    def step():
        logits.grad = None
        if options.row == "loss":
            loss = nn.functional.binary_cross_entropy_with_logits(logits, targets)
        else:
            loss = nn.functional.binary_cross_entropy(torch.sigmoid(logits), targets)
        loss.backward()

    return 1024, step


class Pictures(torch.utils.data.Dataset):
    def __init__(self, paths, targets, transform):
        self.paths, self.targets, self.transform = paths, targets, transform

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        from PIL import Image

        with Image.open(self.paths[i]) as image:
            return self.transform(image.convert("RGB")), self.targets[i]


def as_tensors(*geometry):
    return transforms.Compose([*geometry, transforms.ToTensor(), transforms.Normalize(MEAN, STD)])


def centre(size):
    return as_tensors(transforms.Resize(round(size * 256 / 224)), transforms.CenterCrop(size))


def augmented(size):
    return as_tensors(transforms.RandomResizedCrop(size), transforms.RandomHorizontalFlip())


def loader_of(split, transform, options, batch, shuffle):
    data = Pictures(split["paths"], torch.tensor(split["targets"], dtype=torch.float32), transform)
    workers = options.threads
    return torch.utils.data.DataLoader(data, batch, shuffle=shuffle, num_workers=workers, persistent_workers=True)


def read_data(options):
    with open(options.json) as file:
        return json.load(file)


def loader_row(options):
    split = read_data(options)["training"]
    loader = loader_of(split, augmented(options.size), options, options.batch, True)

    def step():
        for _ in loader:
            pass

    return len(split["paths"]), step


def latency_row(options):
    from PIL import Image

    network = Network(options.backbone, options.labels).to(memory_format=LAYOUT)
    predict = predictor(network, options.precision)
    transform = centre(options.size)
    paths = read_data(options)["training"]["paths"]
    state = {"next": 0}

    def step():
        path = paths[state["next"] % len(paths)]
        state["next"] += 1
        with Image.open(path) as image:
            picture = transform(image.convert("RGB"))
        torch.sigmoid(predict(picture[None].contiguous(memory_format=LAYOUT))).tolist()

    return 1, step


def mean_average_precision(scores, targets):
    """Of the labels that have a positive."""
    order = scores.argsort(0, descending=True)
    hits = targets.gather(0, order)
    ranks = torch.arange(1, len(scores) + 1)[:, None]
    found = hits.sum(0)
    average = (hits.cumsum(0) / ranks * hits).sum(0) / found
    return average[found > 0].mean().item()


def run_row(options):
    """A head behind a frozen backbone, which runs in each epoch; the best epoch's weights are saved."""
    import tempfile

    def step():
        data = read_data(options)
        labels = len(data["training"]["targets"][0])
        network = Network(options.backbone, labels).to(memory_format=LAYOUT)
        trunk = frozen(network.lower, network.upper, network.pool)
        optimizer = torch.optim.AdamW(network.head.parameters(), lr=1e-3)
        criterion = nn.BCEWithLogitsLoss()
        transform = centre(options.size)
        training_set = loader_of(data["training"], transform, options, 32, True)
        validation_set = loader_of(data["validation"], transform, options, 32, False)
        best = -1.0

        def features(images):
            with torch.no_grad():
                return trunk(images.contiguous(memory_format=LAYOUT))

        with tempfile.NamedTemporaryFile(suffix=".pth") as file:
            for _ in range(options.epochs):
                for images, targets in training_set:
                    with autocast(options.precision):
                        loss = criterion(network.head(features(images)), targets)
                    optimizer.zero_grad(set_to_none=True)
                    loss.backward()
                    optimizer.step()
                with torch.inference_mode(), autocast(options.precision):
                    pairs = [(network.head(features(images)).float(), targets) for images, targets in validation_set]
                scores, targets = (torch.cat(part) for part in zip(*pairs))
                score = mean_average_precision(scores, targets)
                if score > best:
                    best = score
                    torch.save(network.state_dict(), file.name)

    return 1, step


def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def answer(message):
    print(json.dumps(message), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--row", choices=ROWS, required=True)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--backbone", default="resnet50", help="of torchvision, or an .onnx file")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--labels", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--json", help="the data set: labels' targets and pictures' paths of both parts")
    parser.add_argument("--data", help="the same as our side reads it")
    parser.add_argument("--val")
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    rows = {"loss": loss_row, "loss-naive": loss_row, "loader": loader_row, "latency": latency_row, "run": run_row}
    items, step = rows.get(options.row, network_row)(options)
    answer({"ready": f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}", "items": items})
    for line in sys.stdin:
        seconds = []
        for _ in range(json.loads(line)["steps"]):
            begun = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - begun)
        answer({"seconds": seconds, "peakBytes": peak()})


if __name__ == "__main__":
    main()
