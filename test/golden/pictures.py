# Golden values for decoding, resizing and cropping, from PIL and torchvision, and the pictures themselves.
#   /usr/bin/python3 test/golden/pictures.py
# It writes test/golden/pictures/* and test/golden/pictures.json.
import base64
import hashlib
import json
import os
import struct
import zlib

import numpy as np
import torch
import torchvision.transforms as T
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "pictures")
WIDTH, HEIGHT = 53, 38
# A test's transform: reducing, so that every pixel counts, and with an odd margin, so that halves are rounded.
RESIZE, CROP = 21, 16


def noise(width, height, seed):
    state, data = seed, bytearray(width * height * 3)
    for i in range(len(data)):
        state = (state * 1664525 + 1013904223) % 2**32
        data[i] = state >> 24
    return Image.frombytes("RGB", (width, height), bytes(data))


def scene():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    red = 128 + 100 * np.sin(x / 5 + y / 11)
    green = 255 * x / WIDTH
    blue = np.where((x - 15) ** 2 + (y - 12) ** 2 < 80, 230, 3 * y)
    return np.stack([red, green, blue], -1).clip(0, 255).astype(np.uint8)


def png16(path, values, colour_type):
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, colour_type, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header))
        file.write(chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def draw():
    os.makedirs(FOLDER, exist_ok=True)
    rgb = scene()
    picture = Image.fromarray(rgb)
    alpha = np.linspace(0, 255, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH).astype(np.uint8)
    transparent = Image.fromarray(np.dstack([rgb, alpha]), "RGBA")
    negative = Image.fromarray(255 - rgb)
    sixteen = rgb.astype(np.uint16) * 256 + np.random.default_rng(1).integers(0, 256, rgb.shape)

    def save(name, image, **options):
        image.save(os.path.join(FOLDER, name), **options)

    save("colour.jpg", picture, quality=90)
    save("progressive.jpg", picture, quality=60, progressive=True)
    save("grey.jpg", picture.convert("L"))
    save("cmyk.jpg", Image.fromarray(np.dstack([rgb, alpha]), "CMYK"), quality=90)
    save("colour.png", picture)
    save("grey.png", picture.convert("L"))
    save("bits.png", picture.convert("1"))
    save("palette.png", picture.convert("P", palette=Image.ADAPTIVE, colors=16))
    save("palette-alpha.png", picture.convert("P", palette=Image.ADAPTIVE, colors=16), transparency=3)
    save("alpha.png", transparent)
    save("grey-alpha.png", transparent.convert("LA"))
    png16(os.path.join(FOLDER, "sixteen.png"), sixteen, 2)
    save("colour.webp", picture, quality=80)
    save("alpha.webp", transparent, lossless=True, exact=True)
    save("animation.webp", picture, save_all=True, append_images=[negative], lossless=True)
    save("animation.gif", picture, save_all=True, append_images=[negative])
    save("colour.tif", picture, compression="tiff_lzw")
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[274] = orientation
        save(f"exif-{orientation}.jpg", picture, quality=85, exif=exif)
    save("exif-6.png", picture, exif=exif_of(6))
    save("exif-8.webp", picture, exif=exif_of(8))


def exif_of(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    return exif


def prepared():
    transform = T.Compose([T.Resize(RESIZE), T.CenterCrop(CROP)])
    expected = {}
    for name in sorted(os.listdir(FOLDER)):
        upright = ImageOps.exif_transpose(Image.open(os.path.join(FOLDER, name))).convert("RGB")
        expected[name] = base64.b64encode(transform(upright).tobytes()).decode()
    return {"resize": RESIZE, "crop": CROP, "expected": expected}


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


def resized():
    cases = []
    for width, height, box, size, window in RESIZES:
        image = noise(width, height, width * 7919 + height)
        image = image.crop((box[0], box[1], box[0] + box[2], box[1] + box[3])).resize(size, Image.BILINEAR)
        image = image.crop((window[0], window[1], window[0] + window[2], window[1] + window[3]))
        case = {"source": [width, height], "box": box, "size": size, "window": window}
        cases.append({**case, "sha256": hashlib.sha256(image.tobytes()).hexdigest()})
    return cases


def centred():
    """Where Resize + CenterCrop look: each pixel of the picture holds its own position."""
    cases = []
    for width, height in [(320, 213), (213, 320), (320, 214), (101, 100), (100, 100), (640, 37), (5, 7)]:
        for resize, crop in [(256, 224), (129, 112), (64, 64), (30, 47)]:
            image = T.CenterCrop(crop)(T.Resize(resize)(noise(width, height, 1)))
            digest = hashlib.sha256(image.tobytes()).hexdigest()
            cases.append({"source": [width, height], "resize": resize, "crop": crop, "sha256": digest})
    return cases


def cropped():
    """RandomResizedCrop.get_params with draws that the test repeats."""
    state = 7

    def uniform():
        nonlocal state
        state = (state * 1664525 + 1013904223) % 2**32
        return state / 2**32

    def fill(tensor, low, high):
        return tensor.fill_(low + (high - low) * uniform())

    torch.Tensor.uniform_ = fill
    torch.randint = lambda low, high, size: torch.tensor([low + int((high - low) * uniform())])
    torch.set_default_dtype(torch.float64)
    sizes = [(320, 213), (213, 320), (224, 224), (1000, 40), (40, 1000), (3, 2), (1, 1)]
    settings = [((0.08, 1), (3 / 4, 4 / 3)), ((0.5, 0.9), (1, 1)), ((0.9, 1), (2, 3))]
    cases = []
    for width, height in sizes:
        for scale, ratio in settings:
            image = Image.new("L", (width, height))
            boxes = []
            for _ in range(3):
                top, left, h, w = T.RandomResizedCrop.get_params(image, list(scale), list(ratio))
                boxes.append([left, top, w, h])
            cases.append({"source": [width, height], "scale": scale, "ratio": ratio, "boxes": boxes})
    return cases


draw()
golden = {"pictures": prepared(), "resize": resized(), "center": centred(), "crops": cropped()}
with open(os.path.join(HERE, "pictures.json"), "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
