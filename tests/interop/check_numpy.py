"""A forward pass in NumPy, from the safetensors file and its metadata alone, gives what the
library computed."""

import json
import sys

import numpy as np
from safetensors import __version__ as safetensors_version
from safetensors import safe_open

from models import Models, compare


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


ACTIVATIONS = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "identity": lambda z: z,
    "softmax": softmax,
    "leaky-relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "gelu": lambda z: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "softplus": lambda z: np.logaddexp(0, z),
    "lecun-tanh": lambda z: 1.7159 * np.tanh(2 * z / 3),
}


def normalize(x, normalization):
    kind = normalization["kind"]
    if kind == "scale":
        return x * normalization["factor"]
    if kind == "standardize":
        return (x - np.array(normalization["means"])) / np.array(normalization["deviations"])
    assert kind == "none", kind
    return x


models = Models(sys.argv[1])
print(f"safetensors {safetensors_version}, NumPy {np.__version__}")
for name in models.names:
    expected_logits, expected_outputs = models.expected(name)
    with safe_open(models.folder / f"{name}.safetensors", "np") as file:
        metadata = file.metadata()
        a = normalize(models.pixels.astype(np.float64), json.loads(metadata["normalization"]))
        for i, activation in enumerate(metadata["activations"].split(",")):
            z = a @ file.get_tensor(f"{2 * i}.weight").T + file.get_tensor(f"{2 * i}.bias")
            a = ACTIVATIONS[activation](z)
    compare("NumPy, logits", f"{name}.safetensors", z, expected_logits, expected_logits)
    compare("NumPy, outputs", f"{name}.safetensors", a, expected_outputs, expected_logits)
    # The JSON file says the same.
    text = json.loads((models.folder / f"{name}.json").read_text())
    a = normalize(models.pixels.astype(np.float64), text["normalization"])
    for layer in text["layers"]:
        z = a @ np.array(layer["weights"]).T + np.array(layer["biases"])
        a = ACTIVATIONS[layer["activation"]](z)
    compare("NumPy, logits", f"{name}.json", z, expected_logits, expected_logits)
