#!/usr/bin/env python3
"""Writes numbers.json: PyTorch's clipping, label smoothing, weight averages and plateaus.

Run with any Python that has torch:  python torch_numbers.py > numbers.json

All in double precision. A 3-4-2 network (tanh, then softmax under cross-entropy) is trained for ten
epochs of one mini-batch that holds all five samples. Weights are stored as the book's transpose, a
row per input, and are decayed; biases are in a parameter group without decay.
"""

import json
import math

import torch
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

torch.set_default_dtype(torch.float64)

EPOCHS = 10
SAMPLES = 5


class Network(torch.nn.Module):
    """Weights, biases and data that need no random numbers."""

    def __init__(self):
        super().__init__()
        self.weights = torch.nn.ParameterList([wave(12, 1.3).reshape(3, 4), wave(8, 0.7).reshape(4, 2)])
        self.biases = torch.nn.ParameterList([wave(4, 2.1) / 10, wave(2, 0.9) / 10])

    def forward(self, x):
        hidden = torch.tanh(x @ self.weights[0] + self.biases[0])
        return hidden @ self.weights[1] + self.biases[1]

    def flat(self):
        return [p.detach().flatten().tolist() for p in [*self.weights, *self.biases]]


def wave(n, a):
    return torch.tensor([math.sin(a * (i + 1)) for i in range(n)])


X = wave(15, 1.7).reshape(SAMPLES, 3)
Y = torch.tensor([0, 1, 1, 0, 1])


def train(params, clip=None, average=None, swa_from=0, plateau=None):
    """The parameters to keep after each epoch."""
    network = Network()
    l2 = params.get("lambda", 0.0) / SAMPLES
    groups = [
        {"params": network.weights.parameters(), "weight_decay": l2},
        {"params": network.biases.parameters(), "weight_decay": 0.0},
    ]
    momentum = params.get("optimizer", {}).get("momentum", 0.0)
    optimizer = torch.optim.SGD(groups, params["learning_rate"], momentum=momentum)
    loss = torch.nn.CrossEntropyLoss(label_smoothing=params.get("label_smoothing", 0.0))
    scheduler = plateau(optimizer) if plateau else None
    mean = average(network) if average else None
    values = []
    for epoch in range(EPOCHS):
        optimizer.zero_grad()
        cost = loss(network(X), Y)
        cost.backward()
        if clip:
            clip(network.parameters())
        optimizer.step()
        if mean and epoch >= swa_from:
            mean.update_parameters(network)
        if scheduler:
            scheduler.step(cost.item())
        values.append((mean.module if mean and epoch >= swa_from else network).flat())
    return values


def cases():
    ema = lambda n: AveragedModel(n, multi_avg_fn=get_ema_multi_avg_fn(0.8))
    momentum = {"name": "momentum", "momentum": 0.8}
    plateau = {"name": "reduce-on-plateau", "metric": "train-cost", "factor": 0.5, "patience": 1,
               "threshold": 0.05, "floor": 0.1}
    all_cases = [
        ({"learning_rate": 0.5, "label_smoothing": 0.2, "lambda": 0.1}, {}),
        ({"learning_rate": 0.5, "clip": {"norm": 0.2}}, {"clip": lambda p: clip_grad_norm_(p, 0.2)}),
        ({"learning_rate": 0.3, "clip": {"norm": 0.2}, "lambda": 0.1, "optimizer": momentum},
         {"clip": lambda p: clip_grad_norm_(p, 0.2)}),
        ({"learning_rate": 0.5, "clip": {"value": 0.05}, "lambda": 0.1},
         {"clip": lambda p: clip_grad_value_(p, 0.05)}),
        ({"learning_rate": 0.5, "averaging": {"name": "ema", "decay": 0.8, "every": 1}},
         {"average": ema}),
        ({"learning_rate": 0.5, "averaging": {"name": "swa", "start": 0.4}},
         {"average": AveragedModel, "swa_from": 4}),
        ({"learning_rate": 0.3, "schedule": plateau},
         {"plateau": lambda o: lr_scheduler.ReduceLROnPlateau(
             o, factor=0.5, patience=1, threshold=0.05, min_lr=0.03)}),
    ]
    for params, how in all_cases:
        params = {"epochs": EPOCHS, "batch_size": SAMPLES, "threads": 1, **params}
        yield {"params": params, "kept": train(params, **how)}


def main():
    print(json.dumps({
        "torch": torch.__version__,
        "start": Network().flat(), "x": X.tolist(), "y": Y.tolist(), "cases": list(cases()),
    }, separators=(",", ":")))


main()
