# Golden values for bicubic and Lanczos resizing and for squashing, from PIL and torchvision.
#   /usr/bin/python3 test/golden/interpolation.py
# It writes test/golden/interpolation.json.
import hashlib
import json
import os

import torchvision.transforms as T
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


# width, height, box (left, top, width, height), resized width and height, window (left, top, width, height)
RESIZES = [
    (320, 213, (0, 0, 320, 213), (384, 256), (80, 16, 224, 224)),
    (320, 213, (0, 0, 320, 213), (192, 128), (40, 8, 112, 112)),
    (101, 57, (13, 7, 61, 33), (224, 224), (0, 0, 224, 224)),
    (500, 400, (3, 5, 487, 391), (17, 23), (0, 0, 17, 23)),
    (64, 64, (0, 0, 64, 64), (64, 64), (0, 0, 64, 64)),
    (33, 900, (0, 0, 33, 900), (32, 872), (0, 420, 32, 32)),
    (1, 1, (0, 0, 1, 1), (9, 5), (0, 0, 9, 5)),
    (7, 3, (0, 0, 7, 3), (1, 1), (0, 0, 1, 1)),
    (40, 30, (0, 0, 40, 30), (40, 11), (-3, -5, 50, 20)),
]


def noise(width, height, seed):
    state, data = seed, bytearray(width * height * 3)
    for i in range(len(data)):
        state = (state * 1664525 + 1013904223) % 2**32
        data[i] = state >> 24
    return Image.frombytes("RGB", (width, height), bytes(data))


def sha256(image):
    return hashlib.sha256(image.tobytes()).hexdigest()


def contrast(width, height):
    """Black and white squares of 3 pixels, where bicubic and Lanczos overshoot."""
    data = bytes(255 * ((x // 3 + y // 3) % 2) for y in range(height) for x in range(width) for _ in range(3))
    return Image.frombytes("RGB", (width, height), data)


def resized():
    for name in ("bicubic", "lanczos"):
        for width, height, box, size, window in RESIZES:
            left, top, w, h = box
            image = noise(width, height, width * 7919 + height).crop((left, top, left + w, top + h))
            x, y, dx, dy = window
            result = image.resize(size, FILTERS[name]).crop((x, y, x + dx, y + dy))
            yield {
                "interpolation": name,
                "source": [width, height],
                "box": box,
                "size": size,
                "window": window,
                "sha256": sha256(result),
            }


def contrasts():
    for name in ("bicubic", "lanczos"):
        for size in ((140, 97), (23, 31), (50, 40)):
            image = contrast(50, 40).resize(size, FILTERS[name])
            yield {"interpolation": name, "size": size, "sha256": sha256(image)}


def squashed():
    for name, resample in FILTERS.items():
        for width, height, side, crop in ((320, 213, 224, 224), (99, 400, 64, 56), (50, 40, 61, 56)):
            transform = T.Compose([T.Resize((side, side), T.InterpolationMode(name)), T.CenterCrop(crop)])
            image = transform(noise(width, height, 1))
            yield {
                "interpolation": name,
                "source": [width, height],
                "resize": side,
                "crop": crop,
                "sha256": sha256(image),
            }


with open(os.path.join(HERE, "interpolation.json"), "w") as file:
    golden = {"resize": list(resized()), "contrast": list(contrasts()), "squash": list(squashed())}
    json.dump(golden, file, indent=1)
    file.write("\n")
