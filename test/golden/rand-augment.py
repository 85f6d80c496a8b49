# Golden values for RandAugment's operations, from torchvision and PIL, and what its magnitudes mean.
#   /usr/bin/python3 test/golden/rand-augment.py
# It writes test/golden/rand-augment.json.
import base64
import json
import os

from PIL import Image
from torchvision.transforms import InterpolationMode, RandAugment
from torchvision.transforms.autoaugment import _apply_op

HERE = os.path.dirname(os.path.abspath(__file__))
# Ours by torchvision's.
NAMES = {
    "identity": "Identity",
    "shear x": "ShearX",
    "shear y": "ShearY",
    "translate x": "TranslateX",
    "translate y": "TranslateY",
    "rotate": "Rotate",
    "brightness": "Brightness",
    "colour": "Color",
    "contrast": "Contrast",
    "sharpness": "Sharpness",
    "posterize": "Posterize",
    "solarize": "Solarize",
    "auto contrast": "AutoContrast",
    "equalize": "Equalize",
}
AMOUNTS = {
    "identity": [0],
    "shear x": [-0.3, -0.09, 0.17, 0.3],
    "shear y": [-0.3, -0.09, 0.17, 0.3],
    "translate x": [-7.9, -1.2, 0.9, 5.5],
    "translate y": [-7.9, -1.2, 0.9, 5.5],
    "rotate": [-30, -9, 3.7, 30],
    "brightness": [-0.9, -0.27, 0.27, 0.9],
    "colour": [-0.9, -0.27, 0.27, 0.9],
    "contrast": [-0.9, -0.27, 0.27, 0.9],
    "sharpness": [-0.9, -0.27, 0.27, 0.9],
    "posterize": [4, 5, 7, 8],
    "solarize": [0, 76.5, 178, 255],
    "auto contrast": [0],
    "equalize": [0],
}


def noise(width, height, seed, dulled):
    """As test/support/noise.ts; dulled, each channel has a quarter of the range, in a place of its own."""
    state, data = seed, bytearray(width * height * 3)
    for i in range(len(data)):
        state = (state * 1664525 + 1013904223) % 2**32
        level = state >> 24
        data[i] = 30 + 40 * (i % 3) + (level >> 2) if dulled else level
    return Image.frombytes("RGB", (width, height), bytes(data))


def operations():
    cases = []
    # Large enough that equalizing has more than one pixel a level; small enough that it has none.
    for side, seed, dulled, names in [(13, 3, False, AMOUNTS), (24, 4, True, list(AMOUNTS)[6:])]:
        picture = noise(side, side, seed, dulled)
        for name in names:
            amounts = AMOUNTS[name]
            for amount in amounts:
                result = _apply_op(picture, NAMES[name], amount, InterpolationMode.NEAREST, None)
                expected = base64.b64encode(result.tobytes()).decode()
                source = {"side": side, "seed": seed, "dulled": dulled}
                cases.append({**source, "name": name, "amount": amount, "expected": expected})
    return cases


def magnitudes():
    space = RandAugment()._augmentation_space(31, (224, 224))
    table = {}
    for name, theirs in NAMES.items():
        values, signed = space[theirs]
        table[name] = {"signed": signed, "amounts": values.tolist() if values.ndim else [values.item()] * 31}
    return {"side": 224, "operations": table}


golden = {"cases": operations(), "magnitudes": magnitudes()}
with open(os.path.join(HERE, "rand-augment.json"), "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
