# Files of weights as PyTorch and the safetensors library write them, and what PyTorch reads from them.
# /usr/bin/python3 test/golden/weights.py ../shared/weights
# (PyTorch 1.13, torchvision 0.14; safetensors 0.8 from PyPI: pip install --target DIR safetensors, PYTHONPATH=DIR)
#
# Writes test/golden/weights/: small files, expected.json with every tensor as float32 (base64, little-endian),
# and real.json with checksums of the real checkpoints in the folder given.
import argparse
import base64
import collections
import hashlib
import io
import json
import os
import pickle
import sys
import zipfile

import numpy
import torch
import torchvision
from safetensors.torch import load_file, save_file

OUT = os.path.join(os.path.dirname(__file__), "weights")
os.makedirs(OUT, exist_ok=True)
torch.manual_seed(1)


def at(name):
    return os.path.join(OUT, name)


def every_kind():
    base = torch.randn(4, 6)
    halves = [1.0, -2.5, 65504.0, 6.1035e-05, 5.9605e-08, float("inf"), float("-inf"), float("nan"), 0.0, -0.0]
    return collections.OrderedDict(
        [
            ("float32", torch.randn(3, 4)),
            ("float64", torch.randn(5, dtype=torch.float64)),
            ("float16", torch.tensor(halves, dtype=torch.float16)),
            ("bfloat16", torch.tensor(halves, dtype=torch.bfloat16)),
            ("int64", torch.tensor([0, -1, 2**53, -(2**63), 7])),
            ("int32", torch.tensor([0, -1, 2**31 - 1], dtype=torch.int32)),
            ("int16", torch.tensor([0, -1, 32767], dtype=torch.int16)),
            ("int8", torch.tensor([0, -1, 127], dtype=torch.int8)),
            ("uint8", torch.tensor([0, 1, 255], dtype=torch.uint8)),
            ("bool", torch.tensor([True, False])),
            ("parameter", torch.nn.Parameter(torch.randn(2, 2))),
            ("num_batches_tracked", torch.tensor(1234)),
            ("empty", torch.zeros(0, 3)),
            ("columns", base[:, ::2]),
            ("transposed", base.t()),
            ("shared_row", base[2]),
            ("channels_last", torch.randn(2, 3, 2, 2).to(memory_format=torch.channels_last)),
            ("expanded", torch.randn(3, 1).expand(3, 4)),
            ("half_strided", torch.randn(4, 4).half()[1:, 1::2]),
        ]
    )


def numbers(tensors):
    return {
        name: {
            "shape": list(t.shape),
            "data": base64.b64encode(t.detach().float().contiguous().numpy().astype("<f4").tobytes()).decode(),
        }
        for name, t in tensors.items()
    }


def repacked(source, target, compression, zip64=False, big_endian=False):
    item_sizes = {}
    # With a limit of 0 every size and place is written as for archives beyond 4 GiB.
    zipfile.ZIP64_LIMIT = 0 if zip64 else 2**31 - 1
    if big_endian:
        for t in torch.load(at(source)).values():
            item_sizes[bytes(t.storage().untyped()) if t.storage().size() else b""] = t.element_size()
    with open(at(source), "rb") as f:
        original = io.BytesIO(f.read())
    with zipfile.ZipFile(original) as old, zipfile.ZipFile(at(target), "w", compression) as new:
        for info in old.infolist():
            data = old.read(info)
            if big_endian and "/data/" in info.filename and data:
                data = numpy.frombuffer(data, f"<u{item_sizes[data]}").byteswap().tobytes()
            entry = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = compression
            with new.open(entry, "w", force_zip64=zip64) as f:
                f.write(data)
        if big_endian:
            root = old.infolist()[0].filename.split("/")[0]
            new.writestr(zipfile.ZipInfo(f"{root}/byteorder", (1980, 1, 1, 0, 0, 0)), "big")


# One state_dict, written in every way.
every = every_kind()
torch.save(every, at("zip.pth"))
torch.save(every, at("zip-protocol1.pth"), pickle_protocol=1)
torch.save(every, at("zip-protocol4.pth"), pickle_protocol=4)
torch.save(every, at("old.pth"), _use_new_zipfile_serialization=False)
torch.save(every, at("old-protocol4.pth"), _use_new_zipfile_serialization=False, pickle_protocol=4)
repacked("zip.pth", "zip-deflated.pth", zipfile.ZIP_DEFLATED)
repacked("zip.pth", "zip64.pth", zipfile.ZIP_STORED, zip64=True)
repacked("zip.pth", "zip-big-endian.pth", zipfile.ZIP_STORED, big_endian=True)

# The smallest that has everything, for damaging.
row = torch.randn(6)
tiny = collections.OrderedDict([("w", torch.nn.Parameter(torch.randn(2, 3))), ("even", row[::2]), ("odd", row[1::2])])
torch.save(tiny, at("tiny.pth"))
torch.save(tiny, at("tiny-old.pth"), _use_new_zipfile_serialization=False)
repacked("tiny.pth", "tiny-deflated.pth", zipfile.ZIP_DEFLATED)

# A checkpoint as training scripts save them: much else beside the state_dict.
module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
optimizer = torch.optim.AdamW(module.parameters())
schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
module(torch.randn(4, 2)).sum().backward()
optimizer.step()
checkpoint = {
    "epoch": 7,
    "best": 0.5,
    "huge": 2**70,
    "negative": [-1, -300, -(2**40), -(2**70)],
    "seen": {1, 2},
    "raw": b"\x00\xff",
    "shape": torch.Size([1, 2]),
    "type": torch.float16,
    "device": torch.device("cpu"),
    "none": (None, True, False, ()),
    "optimizer": optimizer.state_dict(),
    "schedule": schedule.state_dict(),
    "model": {"state_dict": collections.OrderedDict((f"module._orig_mod.{k}", v) for k, v in module.state_dict().items())},
}
torch.save(checkpoint, at("checkpoint.pth"))
torch.save(checkpoint, at("checkpoint-old.pth"), _use_new_zipfile_serialization=False)


# What must be refused.
class Malicious:
    def __reduce__(self):
        return os.system, ("echo this must never run > must-never-exist",)


torch.save({"weight": torch.ones(2), "x": Malicious()}, at("malicious.pth"))
torch.save({"weight": torch.ones(2), "x": Malicious()}, at("malicious-old.pth"), _use_new_zipfile_serialization=False)
torch.save(module, at("module.pth"))
torch.save({"args": argparse.Namespace(lr=1), "state_dict": module.state_dict()}, at("namespace.pth"))
torch.save({"best": numpy.float64(0.5), "state_dict": module.state_dict()}, at("numpy.pth"))
torch.save({"a": {"w": torch.ones(1)}, "b": {"w": torch.ones(1)}, "epoch": 1}, at("two.pth"))
torch.save([torch.ones(1)], at("list.pth"))
torch.save({"w": torch.zeros(1).expand(2**20, 2**20)}, at("repeats.pth"))
torch.save({"w": torch.zeros(2_000_000)}, at("bomb.pth"))
repacked("bomb.pth", "bomb.pth", zipfile.ZIP_DEFLATED)
with zipfile.ZipFile(at("tiny.pth")) as old, zipfile.ZipFile(at("storage-missing.pth"), "w") as new:
    for info in old.infolist():
        if not info.filename.endswith("/data/1"):
            new.writestr(zipfile.ZipInfo(info.filename), old.read(info))
with zipfile.ZipFile(at("no-weights.zip"), "w") as new:
    new.writestr(zipfile.ZipInfo("photos/a.jpg"), b"")
torch.jit.script(torch.nn.Linear(1, 1)).save(at("torchscript.pt"))
with open(at("plain.pkl"), "wb") as f:
    pickle.dump({"weight": 1}, f, protocol=2)


# Python's plain values in every protocol, and as JSON.
def as_json(value):
    if isinstance(value, tuple):
        return {"tuple": [as_json(v) for v in value]}
    if isinstance(value, list):
        return [as_json(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return {"set": [as_json(v) for v in sorted(value)]}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": value.hex()}
    if isinstance(value, dict):
        return {"dict": [[as_json(k), as_json(v)] for k, v in value.items()]}
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53):
        return {"number": repr(value)}
    return value


pickles = []
for protocol in range(1, 6):
    shared = ["shared", 1]
    value = {
        "integers": [0, 1, -1, 255, 256, 65535, 65536, -70000, 2**31 - 1, -(2**31), 2**31, 2**40, -(2**62), 2**70, -(2**70)],
        "floats": [0.5, -1e300, 5e-324],
        "texts": ["", "ü€😀", "x" * 300],
        "bytes": [b"\x00\xff", bytes(300)],
        "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
        "others": [None, True, False],
        "dict": collections.OrderedDict([(1, "a"), ((2, 3), {})]),
        "set": {1, 2, 3},
        "shared": [shared, shared],
    }
    if protocol >= 4:
        value["frozenset"] = frozenset([1, 2])
    if protocol >= 5:
        value["bytearray"] = bytearray(b"ab")
    data = pickle.dumps(value, protocol=protocol)
    pickles.append({"protocol": protocol, "pickle": base64.b64encode(data).decode(), "value": as_json(value)})
with open(at("pickles.json"), "w") as f:
    json.dump(pickles, f, ensure_ascii=False, separators=(",", ":"))

# safetensors, by its own library.
save_file({k: v.detach().contiguous().clone() for k, v in every.items()}, at("every.safetensors"), {"format": "pt"})
plain = collections.OrderedDict((n, torch.randn(s)) for n, s in [("0.bias", [3]), ("0.weight", [3, 2]), ("b", []), ("c", [0, 2])])
save_file(plain, at("float32.safetensors"), {"format": "pt"})

for name in ["every.safetensors", "float32.safetensors"]:
    os.chmod(at(name), 0o644)

with open(at("expected.json"), "w") as f:
    json.dump({"every": numbers(every), "module": numbers(module.state_dict()), "float32": numbers(plain)}, f, indent=1)


# torchvision's registry of ImageNet weights.
imagenet = {}
for depth in [18, 34, 50, 101, 152]:
    weights = getattr(torchvision.models, f"ResNet{depth}_Weights").IMAGENET1K_V1
    t = weights.transforms()
    imagenet[f"resnet{depth}"] = {
        "url": weights.url,
        "resize": t.resize_size[0],
        "crop": t.crop_size[0],
        "interpolation": t.interpolation.value,
        "mean": t.mean,
        "std": t.std,
    }
with open(at("imagenet.json"), "w") as f:
    json.dump(imagenet, f, indent=1)


# Real checkpoints: how many tensors, and SHA-256 of their names and of their numbers in order.
def checksums(tensors):
    digest = hashlib.sha256()
    for t in tensors.values():
        digest.update(t.detach().float().contiguous().numpy().astype("<f4").tobytes())
    return {
        "tensors": len(tensors),
        "names": hashlib.sha256("\n".join(tensors).encode()).hexdigest(),
        "numbers": digest.hexdigest(),
    }


if len(sys.argv) > 1:
    real = sys.argv[1]
    resnet20 = torch.load(os.path.join(real, "resnet20-12fca82f.th"), map_location="cpu")["state_dict"]
    shufflenet = torch.load(os.path.join(real, "shufflenetv2-zip.pth"), map_location="cpu")
    squeezenet = load_file(os.path.join(real, "squeezenet1_1-imagenet.safetensors"))
    with open(at("real.json"), "w") as f:
        json.dump(
            {
                "resnet20-12fca82f.th": checksums({k[len("module.") :]: v for k, v in resnet20.items()}),
                "shufflenetv2-zip.pth": checksums(shufflenet),
                "squeezenet1_1-imagenet.safetensors": checksums(squeezenet),
            },
            f,
            indent=1,
        )
