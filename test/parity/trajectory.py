# The losses of training steps of a ResNet-18 on fixed batches.
#
#   python3 trajectory.py FOLDER sgd|adamw STEPS SIZE BATCH
#
# Writes resnet18.pth (the start), and steps.bin/.json with the pictures and targets of the batches, which come
# round in turn, the losses, and the running statistics after the last step.
import os
import sys

import torch
from torch import nn

from exchange import save
from networks import damp, normalise, pictures, resnet, targets

folder, name, steps, size, batch = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])


def optimizer(network):
    groups = [
        {"params": [p for p in network.parameters() if p.ndim > 1]},
        {"params": [p for p in network.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if name == "adamw":
        return torch.optim.AdamW(groups, lr=1e-4, weight_decay=1e-2)
    return torch.optim.SGD(groups, lr=0.004, momentum=0.9, weight_decay=1e-4)


# Each batch comes round again, so that the loss falls: 30 losses near the first would show nothing.
pool = 5
images = pictures(pool * batch, size, seed=2).view(pool, batch, size, size, 3)
wanted = targets(pool * batch, seed=3).view(pool, batch, -1)
network = resnet(18, seed=1)
# Undamped, float32 itself strays from float64 by 2 % within 30 steps.
damp(network)
torch.save(network.state_dict(), os.path.join(folder, "resnet18.pth"))
network.train()
update, criterion, losses = optimizer(network), nn.BCEWithLogitsLoss(), []
for step in range(steps):
    loss = criterion(network(normalise(images[step % pool])), wanted[step % pool])
    update.zero_grad(set_to_none=True)
    loss.backward()
    update.step()
    losses.append(loss.item())
running = {f"running/{k}": v for k, v in network.state_dict().items() if "running" in k}
save(folder, "steps", {"images": images, "targets": wanted, "losses": torch.tensor(losses, dtype=torch.float64), **running})
