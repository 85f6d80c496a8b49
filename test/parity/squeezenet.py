# The logits of torchvision's SqueezeNet 1.1 on photographs.
#
#   python3 squeezenet.py FOLDER WEIGHTS.safetensors PICTURE…
#
# Writes squeezenet.bin/.json: `input`, what the network took (normalised, [n, 3, 224, 224]), and `logits`.
import sys

import torch
import torchvision
from PIL import Image
from torchvision import transforms

from exchange import save
from networks import MEAN, STD
from safetensors_file import read_safetensors

folder, weights, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
network = torchvision.models.squeezenet1_1(weights=None)
network.load_state_dict(read_safetensors(weights))
transform = transforms.Compose(
    [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
)
images = torch.stack([transform(Image.open(path).convert("RGB")) for path in paths])
with torch.inference_mode():
    save(folder, "squeezenet", {"input": images, "logits": network.eval()(images)})
