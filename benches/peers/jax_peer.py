"""JAX on the CPU: a whole epoch is one compiled program, a scan over the mini-batches."""

import os

import protocol  # noqa: I001  (sets the number of threads before NumPy is loaded)

if protocol.ARGS.threads == 1:
    # XLA has no plain number of threads; this keeps its operations on one.
    os.environ["XLA_FLAGS"] = (
        "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    )
os.environ["JAX_PLATFORMS"] = "cpu"

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np


def make(args, data, rng):
    relu = args.activation == "relu"
    params = [(jnp.asarray(w), jnp.asarray(b)) for w, b in
              protocol.initial_weights(rng, args.layers)]
    x = jnp.asarray(data.x)
    y = jnp.asarray(np.eye(args.layers[-1], dtype=np.float32)[data.y])

    def forward(params, a):
        for layer, (w, b) in enumerate(params):
            a = a @ w + b
            if not relu:
                a = jax.nn.sigmoid(a)
            elif layer < len(params) - 1:
                a = jax.nn.relu(a)
        return a

    def loss(params, xb, yb):
        out = forward(params, xb)
        if relu:
            return -jnp.sum(yb * jax.nn.log_softmax(out)) / len(xb)
        return jnp.sum((out - yb) ** 2) / (2 * len(xb))

    def step(x, y, params, chosen):
        gradients = jax.grad(loss)(params, x[chosen], y[chosen])
        return jax.tree.map(lambda p, g: p - args.learning_rate * g, params, gradients), None

    @partial(jax.jit, donate_argnums=0)
    def steps(params, x, y, order):
        return jax.lax.scan(partial(step, x, y), params, order)[0]

    whole = args.samples // args.batch * args.batch
    state = {"params": params}

    def turn():
        order = rng.permutation(len(data.x))[: args.samples].astype(np.int32)
        state["params"] = steps(state["params"], x, y, order[:whole].reshape(-1, args.batch))
        if whole < args.samples:
            state["params"] = steps(state["params"], x, y, order[whole:].reshape(1, -1))
        jax.block_until_ready(state["params"])

    classify = jax.jit(lambda params, x: jnp.argmax(forward(params, x), 1))
    return turn, lambda images: np.asarray(classify(state["params"], images))


protocol.run("JAX, jit and scan", jax.__version__, make)
