# Golden values for optimizers and schedules, from PyTorch:
#   /usr/bin/python3 test/golden/training.py > test/golden/training.json
import json
import warnings

import torch

warnings.filterwarnings("ignore")
torch.manual_seed(1)
STEPS = 6
start = torch.randn(2, 3)
# Gradients of very different sizes, so that epsilon and the bias corrections are seen.
gradients = [torch.randn(2, 3) * torch.tensor([1e-6, 1e-2, 30.0]) for _ in range(STEPS)]
rates = [0.1, 0.1, 0.05, 0.02, 0.2, 0.01]


def flat(t):
    return [float(x) for x in t.double().flatten()]


def run(make):
    weight = torch.nn.Parameter(start.clone())
    optimizer = make([weight])
    states = []
    for gradient, rate in zip(gradients, rates):
        for group in optimizer.param_groups:
            group["lr"] = rate
        weight.grad = gradient.clone()
        optimizer.step()
        states.append(flat(weight.detach()))
    return states


optimizers = [
    ("sgd", {}),
    ("sgd", {"weight_decay": 0.1}),
    ("sgd", {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "weight_decay": 0.1}),
    ("sgd", {"momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    ("adamw", {}),
    ("adamw", {"weight_decay": 0.0}),
    ("adamw", {"weight_decay": 0.3, "betas": [0.8, 0.95], "eps": 1e-4}),
]
make = {"sgd": torch.optim.SGD, "adamw": torch.optim.AdamW}


def schedule(build, steps):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.3)
    scheduler = build(optimizer)
    values = []
    for step in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < steps:
            scheduler.step()
    return values


lr = torch.optim.lr_scheduler


def warmed(after, warmup, steps):
    def build(optimizer):
        rise = lr.LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
        return lr.SequentialLR(optimizer, [rise, after(optimizer, steps - warmup)], milestones=[warmup])

    return build


def one_cycle(steps, part):
    return lambda o: lr.OneCycleLR(o, max_lr=0.3, total_steps=steps, pct_start=part, cycle_momentum=False)


cosine = lambda o, steps: lr.CosineAnnealingLR(o, T_max=steps)
constant = lambda o, steps: lr.LambdaLR(o, lambda step: 1.0)
schedules = [
    ("onecycle", 10, 3.0, schedule(one_cycle(10, 0.3), 10)),
    ("onecycle", 17, 17 * 0.3, schedule(one_cycle(17, 0.3), 17)),
    ("onecycle", 1, 0.3, schedule(one_cycle(1, 0.3), 1)),
    ("onecycle", 8, 4.0, schedule(one_cycle(8, 0.5), 8)),
    ("cosine", 9, 0, schedule(lambda o: cosine(o, 9), 9)),
    ("cosine", 12, 4, schedule(warmed(cosine, 4, 12), 12)),
    ("constant", 4, 0, schedule(lambda o: constant(o, 4), 4)),
    ("constant", 8, 5, schedule(warmed(constant, 5, 8), 8)),
]

print(
    json.dumps(
        {
            "start": flat(start),
            "gradients": [flat(g) for g in gradients],
            "rates": rates,
            "optimizers": [
                {"name": name, "options": options, "weights": run(lambda p: make[name](p, lr=1.0, **options))}
                for name, options in optimizers
            ],
            "schedules": [
                {"name": name, "steps": steps, "warmup": warmup, "rates": values}
                for name, steps, warmup, values in schedules
            ],
        }
    )
)
