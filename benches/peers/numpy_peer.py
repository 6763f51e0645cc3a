"""NumPy, as the book does it: one sample at a time, gradients added up.

The structure is that of chapter 1's program: `backprop` returns full gradient
matrices for one sample, and `update_mini_batch` adds them over the mini-batch.
"""

import numpy as np

import protocol


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class Network:
    def __init__(self, args, rng):
        initial = protocol.initial_weights(rng, args.layers)
        self.weights = [np.ascontiguousarray(w.T) for w, _ in initial]
        self.biases = [b.reshape(-1, 1) for _, b in initial]
        self.relu = args.activation == "relu"
        self.rate = np.float32(args.learning_rate)

    def feed_forward(self, x):
        """Activations of all layers, columns."""
        activations = [x]
        for layer, (w, b) in enumerate(zip(self.weights, self.biases)):
            z = w @ activations[-1] + b
            if not self.relu:
                a = sigmoid(z)
            elif layer < len(self.weights) - 1:
                a = np.maximum(z, 0)
            else:
                a = np.exp(z - z.max(axis=0))
                a /= a.sum(axis=0)
            activations.append(a)
        return activations

    def backprop(self, x, y):
        activations = self.feed_forward(x)
        delta = activations[-1] - y
        if not self.relu:
            delta = delta * activations[-1] * (1 - activations[-1])
        nabla_b, nabla_w = [delta], [delta @ activations[-2].T]
        for layer in range(2, len(self.weights) + 1):
            a = activations[-layer]
            slope = (a > 0) if self.relu else a * (1 - a)
            delta = (self.weights[-layer + 1].T @ delta) * slope
            nabla_b.insert(0, delta)
            nabla_w.insert(0, delta @ activations[-layer - 1].T)
        return nabla_b, nabla_w

    def update_mini_batch(self, batch):
        sum_b = [np.zeros_like(b) for b in self.biases]
        sum_w = [np.zeros_like(w) for w in self.weights]
        for x, y in batch:
            nabla_b, nabla_w = self.backprop(x, y)
            sum_b = [total + nabla for total, nabla in zip(sum_b, nabla_b)]
            sum_w = [total + nabla for total, nabla in zip(sum_w, nabla_w)]
        step = self.rate / len(batch)
        self.weights = [w - step * nabla for w, nabla in zip(self.weights, sum_w)]
        self.biases = [b - step * nabla for b, nabla in zip(self.biases, sum_b)]


def make(args, data, rng):
    network = Network(args, rng)
    one_hot = np.eye(args.layers[-1], dtype=np.float32)[data.y]
    samples = [(x.reshape(-1, 1), y.reshape(-1, 1)) for x, y in zip(data.x, one_hot)]

    def turn():
        order = rng.permutation(len(samples))[: args.samples]
        for first in range(0, len(order), args.batch):
            network.update_mini_batch([samples[i] for i in order[first : first + args.batch]])

    return turn, lambda x: network.feed_forward(x.T)[-1].argmax(axis=0)


protocol.run("NumPy, a sample at a time", np.__version__, make)
