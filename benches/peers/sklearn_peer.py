"""scikit-learn's MLPClassifier: plain SGD, one pass over the data a turn.

Its output layer is always softmax with cross-entropy; the hidden layers are as asked.
"""

import protocol  # noqa: I001  (sets the number of threads before NumPy is loaded)

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier


def make(args, data, rng):
    model = MLPClassifier(
        hidden_layer_sizes=tuple(args.layers[1:-1]),
        activation="relu" if args.activation == "relu" else "logistic",
        solver="sgd",
        alpha=0.0,
        batch_size=min(args.batch, args.samples),
        learning_rate_init=0.05 if args.activation == "relu" else 0.3,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=True,
        random_state=1,
    )
    classes = np.arange(args.layers[-1])

    def turn():
        # `partial_fit` on all samples is one epoch of mini-batches, shuffled inside.
        model.partial_fit(data.x[: args.samples], data.y[: args.samples], classes=classes)

    return turn, model.predict


protocol.run("scikit-learn", sklearn.__version__, make)
