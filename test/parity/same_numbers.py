# What torchvision's ResNet says with the weights that a bundle was exported as.
#
#   python3 same_numbers.py FOLDER NETWORK WEIGHTS.safetensors SIZE RESIZE
#
# Reads FOLDER/pixels.bin (uint8 [n, SIZE, SIZE, 3], what our predictor computes from) and FOLDER/pictures.json (the
# same pictures' files). Writes torch.bin/.json: `pixels`, the probabilities from those pixels; `files`, from the files
# as Pillow decodes and torchvision resizes them.
import json
import os
import sys

import numpy as np
import torch
import torchvision
from PIL import Image
from torchvision import transforms

from exchange import save
from networks import MEAN, STD, normalise
from safetensors_file import read_safetensors

folder, name, path, size, resize = sys.argv[1:4] + [int(n) for n in sys.argv[4:]]
weights = read_safetensors(path)
network = getattr(torchvision.models, name)(weights=None, num_classes=len(weights["fc.bias"]))
network.load_state_dict(weights, strict=True)
network.eval()
pixels = np.fromfile(os.path.join(folder, "pixels.bin"), np.uint8).reshape(-1, size, size, 3)
with open(os.path.join(folder, "pictures.json")) as file:
    pictures = json.load(file)
transform = transforms.Compose(
    [transforms.Resize(resize), transforms.CenterCrop(size), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
)


def probabilities(inputs):
    with torch.inference_mode():
        return torch.cat([torch.sigmoid(network(batch)) for batch in inputs.split(16)])


own = torch.stack([transform(Image.open(picture).convert("RGB")) for picture in pictures])
save(
    folder,
    "torch",
    {"pixels": probabilities(normalise(torch.from_numpy(pixels))), "files": probabilities(own)},
)
