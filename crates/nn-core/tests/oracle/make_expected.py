"""Numbers for tests/it/oracle.rs, from an independent implementation of everything.

Networks, activations and costs are PyTorch's own, gradients are those of its automatic
differentiation, steps are those of its optimiser; nothing here knows back-propagation.
All is computed in float64 from weights, inputs and targets that float32 holds exactly.

    python3 -m venv .venv && .venv/bin/pip install torch==2.15.0
    .venv/bin/python crates/nn-core/tests/oracle/make_expected.py

writes expected.json beside this file. The committed one was made with Python 3.11.7 and
PyTorch 2.15.0 on x86-64.
"""

import json
import math
from pathlib import Path

import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "identity": lambda z: z,
    "leaky-relu": lambda z: F.leaky_relu(z, 0.01),
    "gelu": lambda z: F.gelu(z, approximate="tanh"),
    "silu": F.silu,
    # PyTorch's softplus is the identity above its threshold, 20 unless told otherwise.
    "softplus": lambda z: F.softplus(z, threshold=math.inf),
    "lecun-tanh": lambda z: 1.7159 * torch.tanh(z * (2 / 3)),
    "softmax": lambda z: F.softmax(z, dim=-1),
}

# Of z, a and y (samples x outputs), the cost of all samples together.
COSTS = {
    "quadratic": lambda z, a, y: 0.5 * F.mse_loss(a, y, reduction="sum"),
    "cross-entropy": lambda z, a, y: F.binary_cross_entropy_with_logits(z, y, reduction="sum"),
    "softmax-cross-entropy": lambda z, a, y: F.cross_entropy(z, y, reduction="sum"),
}

# sizes, hidden activation, output activation, cost, samples, learning rate
CASES = [
    # The book's kind of network, then every activation in the hidden layer and every
    # output activation under every cost that is defined on it.
    ([5, 4, 3], "sigmoid", "sigmoid", "quadratic", 4, 3.0),
    ([5, 4, 3], "tanh", "sigmoid", "cross-entropy", 4, 0.5),
    ([5, 4, 3], "relu", "softmax", "softmax-cross-entropy", 4, 0.2),
    ([5, 4, 3], "identity", "tanh", "quadratic", 3, 0.1),
    ([5, 4, 3], "leaky-relu", "relu", "quadratic", 3, 0.1),
    ([5, 4, 3], "gelu", "identity", "quadratic", 3, 0.1),
    ([5, 4, 3], "silu", "leaky-relu", "quadratic", 3, 0.1),
    ([5, 4, 3], "softplus", "gelu", "quadratic", 3, 0.1),
    ([5, 4, 3], "lecun-tanh", "silu", "quadratic", 3, 0.1),
    ([4, 3, 2], "sigmoid", "softplus", "quadratic", 3, 0.1),
    ([4, 3, 2], "tanh", "lecun-tanh", "quadratic", 3, 0.1),
    ([4, 3, 4], "gelu", "softmax", "quadratic", 3, 0.5),
    ([4, 3, 4], "silu", "sigmoid", "cross-entropy", 3, 0.5),
    ([4, 3, 4], "lecun-tanh", "softmax", "softmax-cross-entropy", 3, 0.2),
    # Without a hidden layer, with three, and with a single unit everywhere.
    ([6, 4], "sigmoid", "softmax", "softmax-cross-entropy", 5, 0.5),
    ([4, 6, 5, 3, 2], "softplus", "sigmoid", "cross-entropy", 3, 0.2),
    ([1, 1, 1], "tanh", "sigmoid", "quadratic", 2, 3.0),
]


def draw(generator, *shape, low=-1.0, high=1.0):
    """Uniform numbers that float32 holds exactly."""
    numbers = low + (high - low) * torch.rand(*shape, generator=generator)
    return numbers.to(torch.float32).to(torch.float64)


def draw_targets(generator, cost, samples, outputs):
    if cost == "softmax-cross-entropy":
        # Distributions in sixteenths, which add up to 1 exactly.
        units = torch.randint(outputs, (samples, 16), generator=generator)
        return F.one_hot(units, outputs).sum(1) / 16.0
    if cost == "cross-entropy":
        return torch.randint(17, (samples, outputs), generator=generator) / 16.0
    return draw(generator, samples, outputs)


def forward(case, parameters, x):
    """z and a of the output layer, and the smallest |z| at which there is a kink."""
    nearest = math.inf
    for i, (weights, biases) in enumerate(parameters):
        name = case["output"] if i == len(parameters) - 1 else case["hidden"]
        z = F.linear(x, weights.T, biases)
        x = ACTIVATIONS[name](z)
        if name in ("relu", "leaky-relu"):
            nearest = min(nearest, z.detach().abs().min().item())
    return z, x, nearest


def total_cost(case, parameters, x, y):
    z, a, _ = forward(case, parameters, x)
    return COSTS[case["cost"]](z, a, y)


def lists(parameters):
    return [{"weights": w.tolist(), "biases": b.tolist()} for w, b in parameters]


def gradients(case, parameters, x, y):
    flat = [tensor for layer in parameters for tensor in layer]
    found = torch.autograd.grad(total_cost(case, parameters, x, y), flat)
    return lists(zip(found[::2], found[1::2]))


def make(number, sizes, hidden, output, cost, samples, learning_rate):
    generator = torch.Generator().manual_seed(1000 + number)
    case = {"sizes": sizes, "hidden": hidden, "output": output, "cost": cost}
    parameters = [
        (draw(generator, n_in, n_out).requires_grad_(), draw(generator, n_out).requires_grad_())
        for n_in, n_out in zip(sizes, sizes[1:])
    ]
    x = draw(generator, samples, sizes[0])
    y = draw_targets(generator, cost, samples, sizes[-1])
    _, a, nearest = forward(case, parameters, x)
    assert nearest > 1e-3, f"case {number} comes near a kink, where rounding decides"

    case["layers"] = lists(parameters)
    case["inputs"] = x.tolist()
    case["targets"] = y.tolist()
    case["outputs"] = a.tolist()
    one = [(x[s : s + 1], y[s : s + 1]) for s in range(samples)]
    case["costs"] = [total_cost(case, parameters, *sample).item() for sample in one]
    case["sum"] = gradients(case, parameters, x, y)
    case["samples"] = [gradients(case, parameters, *sample) for sample in one]

    # Ten steps of gradient descent on the mean cost, and the mean cost before each and
    # after the last.
    case["learning_rate"] = learning_rate
    optimizer = torch.optim.SGD([p for layer in parameters for p in layer], lr=learning_rate)
    trajectory = []
    for _ in range(10):
        optimizer.zero_grad()
        mean = total_cost(case, parameters, x, y) / samples
        trajectory.append(mean.item())
        mean.backward()
        optimizer.step()
        assert forward(case, parameters, x)[2] > 1e-5, f"case {number} steps onto a kink"
    trajectory.append(total_cost(case, parameters, x, y).item() / samples)
    case["trajectory"] = trajectory
    return case


def main():
    cases = [make(number, *case) for number, case in enumerate(CASES)]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path = Path(__file__).with_name("expected.json")
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    for case in cases:
        print(case["sizes"], case["hidden"], case["output"], case["cost"],
              " ".join(f"{c:.4f}" for c in case["trajectory"]))


main()
