# How the Python sides hand arrays over: NAME.bin holds them one after the other, NAME.json says what lies where.
import json
import os

import numpy as np


def save(folder, name, arrays):
    """Writes arrays (NumPy or torch; float32, float64 or uint8), which exchange.ts reads by their keys."""
    entries, offset = {}, 0
    with open(os.path.join(folder, f"{name}.bin"), "wb") as file:
        for key, array in arrays.items():
            array = np.ascontiguousarray(array)
            entries[key] = {"type": str(array.dtype), "shape": list(array.shape), "offset": offset}
            file.write(array.tobytes())
            file.write(b"\0" * (-array.nbytes % 8))  # typed arrays want aligned offsets
            offset += array.nbytes + -array.nbytes % 8
    with open(os.path.join(folder, f"{name}.json"), "w") as file:
        json.dump(entries, file)
