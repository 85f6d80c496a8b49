# Golden values of QuantizeLinear and DequantizeLinear: `/usr/bin/python3 test/golden/quantization.py` writes
# quantization.json beside it (PyTorch 1.13: quantize_per_tensor, quantize_per_channel, int_repr, dequantize).
import json
from pathlib import Path

import torch

torch.manual_seed(1)
x = torch.randn(2, 3, 4) * 2
# Halfway between two steps, and far outside.
x.view(-1)[:6] = torch.tensor([0.25, 0.75, -0.25, -0.75, 1e6, -1e6])


def case(name, q, axis=None):
    per_channel = axis is not None
    return {
        "name": name,
        "axis": axis,
        "type": "int8" if q.dtype == torch.qint8 else "uint8",
        "scale": q.q_per_channel_scales().tolist() if per_channel else q.q_scale(),
        "zeroPoint": q.q_per_channel_zero_points().tolist() if per_channel else q.q_zero_point(),
        "bytes": q.int_repr().view(-1).tolist(),
        "back": q.dequantize().double().view(-1).tolist(),
    }


cases = [
    case("uint8 of the tensor", torch.quantize_per_tensor(x, 0.5, 3, torch.quint8)),
    case("int8 of the tensor", torch.quantize_per_tensor(x, 0.5, 0, torch.qint8)),
]
for axis in (0, 1, 2):
    scales = torch.tensor([0.5, 0.0625, 0.25, 0.125][: x.shape[axis]], dtype=torch.float64)
    zeros = torch.zeros(x.shape[axis], dtype=torch.int64)
    cases.append(case(f"int8 along axis {axis}", torch.quantize_per_channel(x, scales, zeros, axis, torch.qint8), axis))
golden = {"shape": list(x.shape), "values": x.double().view(-1).tolist(), "cases": cases}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")
