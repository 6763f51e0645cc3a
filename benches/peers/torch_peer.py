"""PyTorch on the CPU, eager or compiled (`--variant compile`).

The data is one tensor and a mini-batch one `index_select` of it, which is faster
than a DataLoader. Eager training uses the fused optimiser; the compiled variant puts
forward pass, gradient and update of a step into one graph.
"""

import protocol  # noqa: I001  (sets the number of threads before NumPy is loaded)

import torch
from torch.nn import functional as F


def make(args, data, rng):
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    relu = args.activation == "relu"
    params = []
    for w, b in protocol.initial_weights(rng, args.layers):
        params += [torch.from_numpy(w.T.copy()), torch.from_numpy(b)]
    x, labels = torch.from_numpy(data.x), torch.from_numpy(data.y)
    y = labels if relu else F.one_hot(labels, args.layers[-1]).float()

    def forward(params, a):
        pairs = list(zip(params[::2], params[1::2]))
        for layer, (w, b) in enumerate(pairs):
            a = F.linear(a, w, b)
            if not relu:
                a = torch.sigmoid(a)
            elif layer < len(pairs) - 1:
                a = torch.relu(a)
        return a

    def loss(params, xb, yb):
        out = forward(params, xb)
        if relu:
            return F.cross_entropy(out, yb)
        return (out - yb).square().sum() / (2 * len(xb))

    if args.variant == "compile":

        @torch.compile(dynamic=False)
        def step(xb, yb):
            gradients = torch.func.grad(loss)(params, xb, yb)
            for param, gradient in zip(params, gradients):
                param.sub_(args.learning_rate * gradient)

    else:
        for param in params:
            param.requires_grad_()
        optimizer = torch.optim.SGD(params, lr=args.learning_rate, fused=True)

        def step(xb, yb):
            optimizer.zero_grad(set_to_none=True)
            loss(params, xb, yb).backward()
            optimizer.step()

    def turn():
        order = torch.randperm(len(x))[: args.samples]
        for chosen in order.split(args.batch):
            step(x.index_select(0, chosen), y.index_select(0, chosen))

    def classify(images):
        with torch.no_grad():
            return forward(params, torch.from_numpy(images)).argmax(1).numpy()

    return turn, classify


name = "PyTorch, torch.compile" if protocol.ARGS.variant == "compile" else "PyTorch, eager"
protocol.run(name, torch.__version__, make)
