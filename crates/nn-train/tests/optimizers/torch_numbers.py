#!/usr/bin/env python3
"""Writes numbers.json: ten steps of PyTorch's optimisers, and its schedules' rates.

Run with any Python that has torch:  python torch_numbers.py > numbers.json

All in double precision. `toy` minimises f(w) = w⁴/4 − w from w = 2, one parameter. `network` trains
a 3-4-2 network (tanh, then linear; cost ½ Σ (a − y)², mean over the batch) on two
mini-batches in turn. Weights are stored as the book's transpose, a row per input, and are
decayed; biases are in a parameter group without decay.
"""

import json
import math
import warnings

import torch
from torch.optim import lr_scheduler

torch.set_default_dtype(torch.float64)
warnings.filterwarnings("ignore")  # Schedulers here run without the optimiser.

STEPS = 10

# name of the case: (settings as nn-train reads them, λ/n, η, constructor of PyTorch's).
CASES = {
    "sgd": ({"name": "sgd"}, 0.0, 0.1, lambda p, lr: torch.optim.SGD(p, lr)),
    "sgd with l2": ({"name": "sgd"}, 0.05, 0.1, lambda p, lr: torch.optim.SGD(p, lr)),
    "momentum": (
        {"name": "momentum", "momentum": 0.8}, 0.0, 0.05,
        lambda p, lr: torch.optim.SGD(p, lr, momentum=0.8),
    ),
    "momentum with l2": (
        {"name": "momentum", "momentum": 0.8}, 0.05, 0.05,
        lambda p, lr: torch.optim.SGD(p, lr, momentum=0.8),
    ),
    "nesterov": (
        {"name": "nesterov", "momentum": 0.8}, 0.02, 0.05,
        lambda p, lr: torch.optim.SGD(p, lr, momentum=0.8, nesterov=True),
    ),
    "rmsprop": (
        {"name": "rmsprop", "alpha": 0.9}, 0.02, 0.01,
        lambda p, lr: torch.optim.RMSprop(p, lr, alpha=0.9),
    ),
    "rmsprop with momentum": (
        {"name": "rmsprop", "alpha": 0.9, "momentum": 0.5, "epsilon": 1e-6}, 0.0, 0.01,
        lambda p, lr: torch.optim.RMSprop(p, lr, alpha=0.9, momentum=0.5, eps=1e-6),
    ),
    "adam": (
        {"name": "adam", "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-7}, 0.0, 0.02,
        lambda p, lr: torch.optim.Adam(p, lr, betas=(0.8, 0.99), eps=1e-7),
    ),
    "adam with l2": (
        {"name": "adam"}, 0.05, 0.02, lambda p, lr: torch.optim.Adam(p, lr),
    ),
    "adamw": (
        {"name": "adamw", "weight_decay": 0.3}, 0.0, 0.02,
        lambda p, lr: torch.optim.AdamW(p, lr),
    ),
}


def decay(settings, l2):
    """PyTorch's weight decay: decoupled for AdamW, coupled for the others."""
    return settings["weight_decay"] if settings["name"] == "adamw" else l2


def toy(settings, l2, rate, make):
    w = torch.tensor([2.0], requires_grad=True)
    optimizer = make([{"params": [w], "weight_decay": decay(settings, l2)}], rate)
    values = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        (w**4 / 4 - w).sum().backward()
        optimizer.step()
        values.append(w.item())
    return values


def start():
    """Weights, biases, inputs and targets that need no random numbers."""
    wave = lambda n, a: torch.tensor([math.sin(a * (i + 1)) for i in range(n)])
    weights = [wave(12, 1.3).reshape(3, 4), wave(8, 0.7).reshape(4, 2)]
    biases = [wave(4, 2.1) / 10, wave(2, 0.9) / 10]
    return weights, biases, wave(15, 1.7).reshape(5, 3), wave(10, 2.3).reshape(5, 2)


def network(settings, l2, rate, make):
    weights, biases, x, y = start()
    parameters = weights + biases
    for p in parameters:
        p.requires_grad_()
    groups = [
        {"params": weights, "weight_decay": decay(settings, l2)},
        {"params": biases, "weight_decay": 0.0},
    ]
    optimizer = make(groups, rate)
    values = []
    for step in range(STEPS):
        rows = slice(0, 3) if step % 2 == 0 else slice(3, 5)
        optimizer.zero_grad()
        hidden = torch.tanh(x[rows] @ weights[0] + biases[0])
        a = hidden @ weights[1] + biases[1]
        ((a - y[rows]) ** 2 / 2).sum(1).mean().backward()
        optimizer.step()
        values.append([p.detach().flatten().tolist() for p in parameters])
    return values


def rates(make, count, base=0.5):
    """The first `count` rates of a scheduler, which is advanced after each."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], base)
    scheduler = make(optimizer)
    values = []
    for i in range(count):
        values.append(optimizer.param_groups[0]["lr"])
        if i + 1 < count:
            scheduler.step()
    return values


def each(values, steps):
    """Every epoch's rate for each of its steps."""
    return [value for value in values for _ in range(steps)]


def schedules():
    """η₀ = 0.5, 5 epochs of 4 steps."""
    epochs, per_epoch = 5, 4
    steps = epochs * per_epoch
    warm = 6

    def warmed(after):
        def make(optimizer):
            warmup = lr_scheduler.LinearLR(optimizer, 1 / warm, total_iters=warm - 1)
            return lr_scheduler.SequentialLR(optimizer, [warmup, after(optimizer)], [warm])
        return make

    cosine = lambda floor, count: lambda o: lr_scheduler.CosineAnnealingLR(o, count, floor)
    return [
        [{"name": "constant"}, 0.0, [0.5] * steps],
        [{"name": "step", "every": 2, "factor": 0.3}, 0.0,
         each(rates(lambda o: lr_scheduler.StepLR(o, 2, 0.3), epochs), per_epoch)],
        [{"name": "exponential", "factor": 0.7}, 0.0,
         each(rates(lambda o: lr_scheduler.ExponentialLR(o, 0.7), epochs), per_epoch)],
        [{"name": "cosine"}, 0.0, rates(cosine(0.0, steps), steps)],
        [{"name": "cosine", "floor": 0.1}, 0.0, rates(cosine(0.05, steps), steps)],
        [{"name": "one-cycle"}, 0.0,
         rates(lambda o: lr_scheduler.OneCycleLR(o, 0.5, total_steps=steps), steps)],
        [{"name": "one-cycle", "rise": 0.5, "start_divisor": 10, "end_divisor": 100}, 0.0,
         rates(lambda o: lr_scheduler.OneCycleLR(
             o, 0.5, total_steps=steps, pct_start=0.5, div_factor=10, final_div_factor=100),
             steps)],
        [{"name": "constant"}, warm / per_epoch,
         rates(warmed(lambda o: lr_scheduler.ConstantLR(o, 1.0)), steps)],
        [{"name": "cosine"}, warm / per_epoch, rates(warmed(cosine(0.0, steps - warm)), steps)],
    ]


def main():
    weights, biases, x, y = start()
    flat = lambda tensors: [t.flatten().tolist() for t in tensors]
    cases = [
        {
            "title": title, "optimizer": settings, "l2": l2, "rate": rate,
            "toy": toy(settings, l2, rate, make),
            "network": network(settings, l2, rate, make),
        }
        for title, (settings, l2, rate, make) in CASES.items()
    ]
    print(json.dumps({
        "torch": torch.__version__,
        "start": {"parameters": flat(weights + biases), "x": x.tolist(), "y": y.tolist()},
        "cases": cases,
        "schedules": schedules(),
    }, separators=(",", ":")))


main()
