# Gradients of one training step of a ResNet, in float64, and how far PyTorch's own float32 is from them.
#
#   python3 gradients.py FOLDER DEPTH batch|frozen SIZE BATCH SEED
#
# Writes resnetDEPTH.pth, and step.bin/.json with the pictures, the targets, the loss, the float64 gradients
# (`gradient/NAME`) and PyTorch's float32 ones (`float32/NAME`).
import os
import sys

import torch
from torch import nn

from exchange import save
from networks import damp, freeze_norms, normalise, pictures, randomise_norms, resnet, targets

folder, depth, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
size, batch, seed = map(int, sys.argv[4:7])


def gradients(dtype):
    network = resnet(depth, seed)
    randomise_norms(network, seed)
    damp(network)
    if dtype == torch.float32:
        torch.save(network.state_dict(), os.path.join(folder, f"resnet{depth}.pth"))
    network = network.to(dtype).train()
    if mode == "frozen":
        freeze_norms(network)
    loss = nn.BCEWithLogitsLoss()(network(normalise(images, dtype)), wanted.to(dtype))
    loss.backward()
    return loss.detach(), {k: p.grad for k, p in network.named_parameters() if p.requires_grad}


images, wanted = pictures(batch, size, seed), targets(batch, seed)
exact_loss, exact = gradients(torch.float64)
_, single = gradients(torch.float32)
arrays = {"images": images, "targets": wanted, "loss": exact_loss}
arrays.update({f"gradient/{k}": v for k, v in exact.items()})
arrays.update({f"float32/{k}": v for k, v in single.items()})
save(folder, "step", arrays)
