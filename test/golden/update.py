# Golden values for what may come between gradients and weights (rates by layer, accumulation, clipping, averages,
# unfreezing), from PyTorch, on the network, pictures and targets of step.json:
#   /usr/bin/python3 test/golden/update.py > test/golden/update.json
import json
import os

import torch
from torch import nn

golden = json.load(open(os.path.join(os.path.dirname(__file__), "step.json")))
FACTORS = {"fc": 1.0, "bn2": 0.5, "conv2": 0.5, "bn1": 0.25, "conv1": 0.25}
# Pictures of each batch; groups of two batches, and a last one alone.
BATCHES = [[0, 1, 2], [3], [2, 3], [0, 1], [1]]
# The gradient is longer than this in some steps and shorter in others.
CLIP = 0.37
DECAY = 0.3


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(x + self.bn2(self.conv2(x)))
        return self.fc(x.mean((2, 3)))


images = torch.tensor(golden["images"], dtype=torch.float64).view(4, 6, 6, 3)
targets = torch.tensor(golden["targets"], dtype=torch.float64).view(4, 3)
mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64)
std = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64)
x = ((images / 255 - mean) / std).permute(0, 3, 1, 2)


def flat(t):
    return [round(float(v), 9) for v in t.flatten()]


def weights_of(network):
    return {k: flat(v) for k, v in network.state_dict().items() if "num_batches" not in k}


def start(batchnorm):
    network = Network().double()
    state = network.state_dict()
    for name, values in golden["start"].items():
        state[name] = torch.tensor(values, dtype=torch.float64).view(state[name].shape)
    network.load_state_dict(state)
    network.train()
    if batchnorm == "frozen":
        for bn in (network.bn1, network.bn2):
            bn.eval().requires_grad_(False)
    return network


def optimizer_of(name, network, factors=None):
    groups = []
    for key, p in network.named_parameters():
        if not p.requires_grad and "bn" in key:
            continue
        rate = 0.1 * (factors or {}).get(key.split(".")[0], 1.0)
        groups.append({"params": [p], "lr": rate, "weight_decay": 0.1 if p.ndim > 1 else 0.0})
    make = {"sgd": lambda g: torch.optim.SGD(g, lr=0.1, momentum=0.9), "adamw": lambda g: torch.optim.AdamW(g, lr=0.1)}
    return make[name](groups)


def loss_of(network, pictures):
    wanted = targets[pictures]
    known = wanted >= 0
    return nn.functional.binary_cross_entropy_with_logits(network(x[pictures])[known], wanted[known])


def step(network, optimizer, pictures, clip=None):
    optimizer.zero_grad(set_to_none=True)
    loss_of(network, pictures).backward()
    norm = None
    if clip is not None:
        norm = float(nn.utils.clip_grad_norm_([p for p in network.parameters() if p.grad is not None], clip))
    optimizer.step()
    return norm


ALL = [0, 1, 2, 3]
runs = []


def add(what, optimizer, weights, **more):
    runs.append({"what": what, "optimizer": optimizer, "weights": weights, **more})


for name in ("sgd", "adamw"):
    network = start("batch")
    optimizer = optimizer_of(name, network, FACTORS)
    for _ in range(4):
        step(network, optimizer, ALL)
    add("rates", name, weights_of(network))

network = start("frozen")
optimizer = optimizer_of("adamw", network)
for first in range(0, len(BATCHES), 2):
    step(network, optimizer, sum(BATCHES[first : first + 2], []))
add("accumulation", "adamw", weights_of(network))

# Adam hardly minds the length of the gradient.
network = start("batch")
optimizer = optimizer_of("sgd", network)
norms = [step(network, optimizer, ALL, CLIP) for _ in range(4)]
add("clipping", "sgd", weights_of(network), norms=norms)

network = start("batch")
optimizer = optimizer_of("adamw", network)
average = {k: v.clone() for k, v in network.state_dict().items() if v.is_floating_point()}
for t in range(1, 6):
    step(network, optimizer, ALL)
    d = min(DECAY, (1 + t) / (10 + t))
    for k, v in network.state_dict().items():
        if k in average:
            average[k] = d * average[k] + (1 - d) * v
add("average", "adamw", {k: flat(v) for k, v in average.items()})

network = start("frozen")
optimizer = optimizer_of("adamw", network)
for frozen in (["conv1", "conv2"], ["conv1"], []):
    for layer in ("conv1", "conv2"):
        getattr(network, layer).requires_grad_(layer not in frozen)
    for _ in range(2):
        step(network, optimizer, ALL)
add("unfreezing", "adamw", weights_of(network))

print(json.dumps({"factors": FACTORS, "batches": BATCHES, "clip": CLIP, "decay": DECAY, "runs": runs}))
