# Golden values for the losses: exact ones from 150-digit decimal arithmetic, and PyTorch's in float64.
#   /usr/bin/python3 test/golden/loss.py > test/golden/loss.json
import json
from decimal import Decimal, getcontext

import numpy as np
import torch
import torch.nn.functional as F

getcontext().prec = 150


def exact(x, t, p):
    x, t, p = Decimal(x), Decimal(t), Decimal(p)
    there, absent = p * t, 1 - t
    odds = x.exp()
    loss = there * (1 + 1 / odds).ln() + absent * (1 + odds).ln()
    gradient = (absent * odds - there) / (1 + odds)
    return [float(loss), float(gradient)]


f32 = lambda v: float(np.float32(v))
points = []
for size in [0, 1e-30, 1e-8, 0.5, 3, 10, 16.6, 17, 37, 80, 88, 104, 200]:
    for x in {f32(size), f32(-size)}:
        for t in [0, 1, 0.5, f32(0.1), f32(0.999)]:
            points.append([x, t, 1])
        points.append([x, 1, 2.5])
        points.append([x, f32(0.3), 2.5])
# The float32 logit nearest to where a soft target meets its own sigmoid.
for t in [f32(0.01), f32(0.3), f32(0.7), f32(0.95)]:
    points.append([f32(np.log(t / (1 - t))), t, 1])
exacts = [[*point, *exact(*point)] for point in points]

logits = torch.tensor(
    [[0.5, -2.25, 30, 1], [-0.125, 4, -20, 0], [3, -3, 0.25, -9.5]], dtype=torch.float64
)
targets = {
    "hard": torch.tensor([[1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 1, 1]], dtype=torch.float64),
    "soft": torch.tensor([[1, 0.25, 0, 0.5], [0.875, 1, 0.5, 0], [0, 0.125, 1, 0.75]], dtype=torch.float64),
    "unknown": torch.tensor([[1, -1, 0, -1], [-1, -1, -1, -1], [0.25, 0, 1, -1]], dtype=torch.float64),
}
positive_weights = torch.tensor([0.5, 1, 4, 2.5], dtype=torch.float64)
label_weights = torch.tensor([1, 0.25, 3, 0.7], dtype=torch.float64)


def bce(x, t, reduction, p, w):
    """PyTorch has no unknown targets: the known ones are picked out before it sees them."""
    known = t >= 0
    each = torch.zeros_like(x)
    each[known] = F.binary_cross_entropy_with_logits(
        x[known],
        t[known],
        pos_weight=None if p is None else p.expand_as(x)[known],
        weight=None if w is None else w.expand_as(x)[known],
        reduction="none",
    )
    if known.all() and reduction != "batchmean":
        return F.binary_cross_entropy_with_logits(x, t, pos_weight=p, weight=w, reduction=reduction)
    of = {"mean": known.sum(), "batchmean": len(x), "sum": 1, "none": 1}[reduction]
    return each if reduction == "none" else each.sum() / of


def soft_margin(x, t, reduction, p, w):
    known = t >= 0
    if known.all() and reduction != "batchmean":
        return F.multilabel_soft_margin_loss(x, t, weight=w, reduction=reduction)
    each = []
    for row in range(len(x)):
        k = known[row]
        each.append(
            F.multilabel_soft_margin_loss(x[row, k], t[row, k], weight=None if w is None else w[k], reduction="none")
            if k.any()
            else torch.zeros((), dtype=torch.float64)
        )
    each = torch.stack(each)
    of = {"mean": known.any(1).sum(), "batchmean": len(x), "sum": 1, "none": 1}[reduction]
    return each if reduction == "none" else each.sum() / of


cases = []
for name, loss_of in [("bce", bce), ("soft-margin", soft_margin)]:
    for target in targets:
        for reduction in ["mean", "batchmean", "sum", "none"]:
            for p in [None, positive_weights] if name == "bce" else [None]:
                for w in [None, label_weights]:
                    x = logits.clone().requires_grad_()
                    loss = loss_of(x, targets[target], reduction, p, w)
                    loss.sum().backward()
                    case = {"name": name, "targets": target, "reduction": reduction}
                    case |= {} if p is None else {"positiveWeights": p.tolist()}
                    case |= {} if w is None else {"labelWeights": w.tolist()}
                    case |= {"loss": loss.detach().flatten().tolist(), "gradient": x.grad.flatten().tolist()}
                    cases.append(case)

inputs = {"logits": logits.flatten().tolist(), "targets": {k: v.flatten().tolist() for k, v in targets.items()}}
lines = lambda rows: "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]"
print(f'{{\n"exact": {lines(exacts)},\n"inputs": {json.dumps(inputs)},\n"cases": {lines(cases)}\n}}')
