# A torchvision ResNet with seeded random weights: its checkpoint, pictures, and the logits that it gives for them.
#
#   python3 checkpoint.py FOLDER DEPTH zip|legacy|parallel
#
# zip: what torch.save writes now; legacy: what it wrote before PyTorch 1.6; parallel: names behind `module.`,
# inside a training checkpoint.
import os
import sys

import torch

from exchange import save
from networks import normalise, pictures, randomise_norms, resnet

folder, depth, form = sys.argv[1], int(sys.argv[2]), sys.argv[3]
network = resnet(depth, seed=depth).eval()
randomise_norms(network, seed=depth + 1)
# Random affines let the residual sum grow by half a block: halved, 33 blocks stay within float32's comfort.
for name, parameter in network.named_parameters():
    if name.endswith("bn3.weight") or (depth < 50 and name.endswith("bn2.weight")):
        parameter.data.mul_(0.5)
weights = network.state_dict()
path = os.path.join(folder, f"resnet{depth}.pth")
if form == "parallel":
    torch.save({"epoch": 3, "state_dict": {f"module.{k}": v for k, v in weights.items()}}, path)
else:
    torch.save(weights, path, _use_new_zipfile_serialization=form == "zip")
images = pictures(4, 96, seed=depth + 2)
with torch.inference_mode():
    save(folder, f"resnet{depth}", {"images": images, "logits": network(normalise(images))})
