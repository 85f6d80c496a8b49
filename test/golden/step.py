# Golden values for whole training steps of a small network, from PyTorch:
#   /usr/bin/python3 test/golden/step.py > test/golden/step.json
import json

import torch
from torch import nn

torch.manual_seed(2)
LABELS, STEPS = 3, 5


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, LABELS)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(x + self.bn2(self.conv2(x)))
        return self.fc(x.mean((2, 3)))


def flat(t):
    return [round(float(x), 9) for x in t.double().flatten()]


start = Network()
nn.init.zeros_(start.fc.bias)
for bn in (start.bn1, start.bn2):
    nn.init.uniform_(bn.weight, 0.5, 1.5)
    nn.init.uniform_(bn.bias, -0.5, 0.5)
    nn.init.uniform_(bn.running_mean, -0.3, 0.3)
    nn.init.uniform_(bn.running_var, 0.2, 0.6)
images = torch.randint(0, 256, (4, 6, 6, 3), dtype=torch.uint8)
targets = torch.tensor([[1, 0, 1], [0, -1, 1], [0.25, 0, 0], [1, 1, 0]])
mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
x = ((images.double() / 255 - mean.double()) / std.double()).permute(0, 3, 1, 2)
known = targets >= 0


def run(batchnorm, optimizer):
    network = Network().double()
    network.load_state_dict(start.state_dict())
    norms = [network.bn1, network.bn2]
    network.train()
    if batchnorm == "frozen":
        for bn in norms:
            bn.eval().requires_grad_(False)
    trained = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if optimizer == "sgd":
        optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9)
    else:
        optimizer = torch.optim.AdamW(groups, lr=0.1)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(network(x)[known], targets.double()[known])
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    weights = {k: flat(v) for k, v in network.state_dict().items() if "num_batches" not in k}
    return {"losses": losses, "weights": weights}


print(
    json.dumps(
        {
            "images": images.flatten().tolist(),
            "targets": targets.flatten().tolist(),
            "start": {k: flat(v) for k, v in start.state_dict().items() if "num_batches" not in k},
            "runs": [
                {"batchnorm": b, "optimizer": o, **run(b, o)}
                for b in ("batch", "frozen")
                for o in ("sgd", "adamw")
            ],
        }
    )
)
