# A safetensors file as torch tensors, by its published format, without the library of that name.
import json

import numpy as np
import torch


def read_safetensors(path):
    """An 8-byte length, a JSON header of that length, and the tensors' bytes (all float32 here)."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__", None)
    return {
        name: torch.from_numpy(
            np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"]).copy()
        )
        for name, entry in header.items()
    }
