"""What every Python peer of `cargo xtask bench` has in common.

A peer is a program that trains one network and says how long each turn took. Its
command line and its output are those of `nn-bench-worker`, so that all of them can
be started and asked for turns in the same way:

    PEER.py --layers 784,30,10 --batch 10 --activation sigmoid --epochs 3 \
        --threads 1 --data DIR [--steps N] [--serve]

The data is read, and the first turn (in which compilers compile) is done, before
the line `ready`. Then comes one line `turn` per epoch; under `--serve` each waits
for a line on standard input, so that several programs can take turns. The last
line says how well the network does, which shows that the work was really done,
and the most memory the process had.
"""

import argparse
import json
import os
import pathlib
import resource
import sys
import time

TRAINING_SAMPLES = 50_000


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--layers", required=True, help="sizes, such as 784,30,10")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--activation", choices=["sigmoid", "relu"], required=True)
    parser.add_argument("--learning-rate", type=float, default=None)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--steps", type=int, default=0, help="mini-batches a turn; 0: an epoch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", required=True, help="folder of the four raw MNIST files")
    parser.add_argument("--variant", default="", help="what else the peer can choose between")
    parser.add_argument("--serve", action="store_true")
    args = parser.parse_args()
    args.layers = [int(size) for size in args.layers.split(",")]
    # The book's quadratic cost wants a large rate, softmax with cross-entropy a small one.
    if args.learning_rate is None:
        args.learning_rate = 3.0 if args.activation == "sigmoid" else 0.05
    samples = args.steps * args.batch or TRAINING_SAMPLES
    args.samples = min(samples, TRAINING_SAMPLES)
    return args


# Thread counts of BLAS and OpenMP are read when those libraries are loaded, so they
# are set before NumPy is imported.
ARGS = arguments()
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(ARGS.threads)

import numpy as np  # noqa: E402


def read_images(path):
    """Images as float32 rows of 784 numbers from 0 to 1."""
    pixels = np.fromfile(path, dtype=np.uint8)[16:].reshape(-1, 784)
    return pixels.astype(np.float32) / np.float32(255)


def read_labels(path):
    return np.fromfile(path, dtype=np.uint8)[8:].astype(np.int64)


class Data:
    """50,000 training and 10,000 test images, with labels."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.x = read_images(folder / "train-images-idx3-ubyte")[:TRAINING_SAMPLES]
        self.y = read_labels(folder / "train-labels-idx1-ubyte")[:TRAINING_SAMPLES]
        self.test_x = read_images(folder / "t10k-images-idx3-ubyte")
        self.test_y = read_labels(folder / "t10k-labels-idx1-ubyte")


def initial_weights(rng, layers):
    """Weights (inputs × outputs) of deviation 1/√n_in and biases 0, as float32."""
    return [
        (
            (rng.standard_normal((n, m)) / np.sqrt(n)).astype(np.float32),
            np.zeros(m, dtype=np.float32),
        )
        for n, m in zip(layers[:-1], layers[1:])
    ]


def say(**line):
    print(json.dumps(line), flush=True)


def run(name, version, make):
    """Runs a peer.

    `make(args, data, rng)` returns two functions: one trains on `args.samples`
    samples in mini-batches of `args.batch`, drawn anew each time; the other gives
    the class of each row of an array of images.
    """
    data = Data(ARGS.data)
    rng = np.random.default_rng(1)
    start = time.perf_counter()
    turn, classify = make(ARGS, data, rng)
    turn()
    say(
        event="ready",
        framework=name,
        version=version,
        threads=ARGS.threads,
        warm_up_seconds=time.perf_counter() - start,
    )
    epochs = 0
    while ARGS.serve or epochs < ARGS.epochs:
        if ARGS.serve and sys.stdin.readline().strip() != "turn":
            break
        start = time.perf_counter()
        turn()
        say(event="turn", seconds=time.perf_counter() - start, samples=ARGS.samples)
        epochs += 1
    accuracy = float(np.mean(classify(data.test_x) == data.test_y))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say(event="end", accuracy=accuracy, peak_kib=peak)
