# Golden values for the losses that forget easy elements: exact ones from 150-digit decimal arithmetic, torchvision's
# focal loss, and the published formula of the asymmetric loss, transcribed, in float64.
#   /usr/bin/python3 test/golden/focusing.py > test/golden/focusing.json
import json
from decimal import Decimal, getcontext

import numpy as np
import torch
from torchvision.ops import sigmoid_focal_loss

getcontext().prec = 150
# gamma of positives, gamma of negatives, margin
SHAPES = [[2, 2, 0], [0.5, 0.5, 0], [1, 4, 0.05], [0, 4, 0.05], [2, 0.5, 0.2], [0, 0, 0.05], [4, 1, 0], [1, 4, 0.9]]
STEP = Decimal(10) ** -45


def exact_loss(x, t, p, gamma_positive, gamma_negative, margin):
    """As the paper has it; no sigmoid of 150 digits saturates."""
    s = 1 / (1 + (-x).exp())
    no = min(1 - s + margin, Decimal(1))
    q = 1 - (s * t + no * (1 - t))
    gamma = gamma_positive * t + gamma_negative * (1 - t)
    weight = Decimal(1) if gamma == 0 else q**gamma
    return -(p * t * s.ln() + (1 - t) * no.ln()) * weight


def exact(x, t, p, *shape):
    """The gradient is a finite difference, right to some 90 digits."""
    x, t, p, *shape = map(Decimal, [x, t, p, *shape])
    rise = exact_loss(x + STEP, t, p, *shape) - exact_loss(x - STEP, t, p, *shape)
    return [float(exact_loss(x, t, p, *shape)), float(rise / (2 * STEP))]


f32 = lambda v: float(np.float32(v))
exacts = []
for shape in SHAPES:
    for size in [0, 1e-8, 0.5, 2.9444, 4, 10, 16.6, 37, 80, 104]:
        for x in {f32(size), f32(-size)}:
            for t, p in [(0, 1), (1, 1 if size < 10 else 2.5)]:
                exacts.append([x, t, p, *shape])
soft = [0.5, f32(0.1), f32(0.999)]
for i, size in enumerate([0, 1e-8, 0.5, 2.9444, 4, 10, 37, 80]):
    for k, shape in enumerate(SHAPES[:7]):
        exacts.append([f32(size if k % 2 else -size), soft[(i + k) % 3], 1 if i % 2 else 2.5, *shape])
exacts = [[*point, *exact(*point)] for point in exacts]

logits = torch.tensor([[0.5, -2.25, 14, 1], [-0.125, 4, -12, 0], [3, -3, 0.25, -9.5]], dtype=torch.float64)
targets = {
    "hard": torch.tensor([[1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 1, 1]], dtype=torch.float64),
    "soft": torch.tensor([[1, 0.25, 0, 0.5], [0.875, 1, 0.5, 0], [0, 0.125, 1, 0.75]], dtype=torch.float64),
}


def published(x, y, gamma_positive, gamma_negative, margin):
    """Asymmetric loss of Ridnik et al.: clamped logarithms and all; within ±18 the clamp does nothing."""
    yes = torch.sigmoid(x)
    no = torch.clamp(1 - yes + margin, max=1) if margin > 0 else 1 - yes
    entropy = y * torch.log(yes.clamp(min=1e-8)) + (1 - y) * torch.log(no.clamp(min=1e-8))
    weight = (1 - yes * y - no * (1 - y)) ** (gamma_positive * y + gamma_negative * (1 - y))
    return -entropy * weight


def case(name, target, loss_of, options):
    x = logits.clone().requires_grad_()
    loss = loss_of(x, targets[target])
    loss.sum().backward()
    values = {"loss": loss.detach().flatten().tolist(), "gradient": x.grad.flatten().tolist()}
    return {"name": name, "targets": target, "options": options, **values}


cases = []
for target in targets:
    for gamma, alpha in [(2, None), (2, 0.25), (0, 0.75), (1.5, 0.5)]:
        torchvision = lambda x, t: sigmoid_focal_loss(x, t, alpha=-1 if alpha is None else alpha, gamma=gamma)
        options = {"gamma": gamma} | ({} if alpha is None else {"alpha": alpha})
        cases.append(case("focal", target, torchvision, options))
    # (A power below 1 makes the published gradient NaN below the margin.)
    for shape in [[1, 4, 0.05], [0, 4, 0.05], [2, 1.5, 0.2], [0, 0, 0.05], [4, 1, 0]]:
        options = dict(zip(["gammaPositive", "gammaNegative", "margin"], shape))
        cases.append(case("asymmetric", target, lambda x, t: published(x, t, *shape), options))

inputs = {"logits": logits.flatten().tolist(), "targets": {k: v.flatten().tolist() for k, v in targets.items()}}
lines = lambda rows: "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]"
print(f'{{\n"exact": {lines(exacts)},\n"inputs": {json.dumps(inputs)},\n"cases": {lines(cases)}\n}}')
