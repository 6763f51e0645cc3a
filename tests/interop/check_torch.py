"""PyTorch loads our safetensors files into an `nn.Sequential` as they stand and computes what the
library computed; and a network that PyTorch trained is stored for us to import."""

import json
import sys

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from models import Models, compare


class LecunTanh(nn.Module):
    def forward(self, z):
        return 1.7159 * torch.tanh(2 * z / 3)


ACTIVATIONS = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "identity": nn.Identity,
    "softmax": lambda: nn.Softmax(dim=1),
    "leaky-relu": lambda: nn.LeakyReLU(0.01),
    "gelu": lambda: nn.GELU(approximate="tanh"),
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "lecun-tanh": LecunTanh,
}

models = Models(sys.argv[1])
print(f"torch {torch.__version__}")
torch.set_num_threads(1)
for name in models.names:
    path = models.folder / f"{name}.safetensors"
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    modules = []
    for i, activation in enumerate(metadata["activations"].split(",")):
        n_out, n_in = tensors[f"{2 * i}.weight"].shape
        modules += [nn.Linear(n_in, n_out), ACTIVATIONS[activation]()]
    net = nn.Sequential(*modules)
    net.load_state_dict(tensors)
    normalization = json.loads(metadata["normalization"])
    x = torch.tensor(models.pixels, dtype=torch.float64)
    if normalization["kind"] == "scale":
        x = x * normalization["factor"]
    elif normalization["kind"] == "standardize":
        x = (x - torch.tensor(normalization["means"])) / torch.tensor(normalization["deviations"])
    with torch.no_grad():
        z = net[:-1](x.float())
        a = net[-1](z)
    logits, outputs = models.expected(name)
    compare("PyTorch, logits", path.name, z.numpy(), logits, logits)
    compare("PyTorch, outputs", path.name, a.numpy(), outputs, logits)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


torch.manual_seed(1)
x = (torch.tensor(models.pixels).float() / 255 - 0.1307) / 0.3081
y = torch.tensor(models.labels).long()
net = Net()
optimizer = torch.optim.Adam(net.parameters())
for _ in range(3):
    for batch in torch.randperm(len(x)).split(64):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
save_file(net.state_dict(), models.folder / "torch.safetensors")
with torch.no_grad():
    theirs = net(x).softmax(1).numpy()
theirs.astype(np.float32).tofile(models.folder / "torch.theirs")
