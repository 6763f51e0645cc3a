"""The estimators: scikit-learn's conventions around the network of the Rust part."""

import numbers

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from . import _core

# What the Rust part reads where it lies. Other numbers become the first of these.
_FEATURE_TYPES = [np.float32, np.uint8]


class _MLP(BaseEstimator):
    """What classifier and regressor share."""

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate_init=0.001,
        schedule="constant",
        max_iter=200,
        momentum=0.9,
        tol=1e-4,
        n_iter_no_change=10,
        init="xavier-uniform",
        feature_scale=1.0,
        random_state=None,
        n_jobs=None,
        verbose=False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.schedule = schedule
        self.max_iter = max_iter
        self.momentum = momentum
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.init = init
        self.feature_scale = feature_scale
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @property
    def coefs_(self):
        """Weights of each layer, inputs × units."""
        return self._network.coefs()

    @property
    def intercepts_(self):
        """Biases of each layer."""
        return self._network.intercepts()

    def save(self, path):
        """Write a model file, which `nn-cli` evaluates, predicts with and exports."""
        check_is_fitted(self)
        self._network.save(path, [str(name) for name in getattr(self, "classes_", [])])

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_network")

    def _start(self, n_outputs, **kind):
        hidden = self.hidden_layer_sizes
        hidden = [hidden] if isinstance(hidden, numbers.Integral) else list(hidden)
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self._network = _core.Network(
            [self.n_features_in_, *hidden, n_outputs],
            activation=self.activation,
            init=self.init,
            scale=self.feature_scale,
            seed=self._seed,
            **kind,
        )
        self.n_outputs_ = n_outputs
        self.n_layers_ = len(hidden) + 2
        self.out_activation_ = self._network.output_activation
        self.loss_curve_ = []
        self.n_iter_ = 0

    def _train(self, X, y, *, epochs, go_on):
        jobs = -1 if self.n_jobs is None else self.n_jobs
        losses = self._network.fit(
            X,
            y,
            {
                "epochs": epochs,
                "batch_size": None if self.batch_size == "auto" else self.batch_size,
                "learning_rate": self.learning_rate_init,
                "schedule": self.schedule,
                "solver": self.solver,
                "momentum": self.momentum,
                "alpha": self.alpha,
                "seed": self._seed,
                "threads": max(jobs, 0),
                "tolerance": self.tol,
                "patience": self.n_iter_no_change,
            },
            go_on=go_on,
            report=self._print_loss() if self.verbose else None,
        )
        self.loss_curve_ += losses
        self.n_iter_ += len(losses)
        self.loss_ = self.loss_curve_[-1]
        return self

    def _print_loss(self):
        epoch = self.n_iter_

        def report(loss):
            nonlocal epoch
            epoch += 1
            print(f"Iteration {epoch}, loss = {loss:.8f}", flush=True)

        return report

    def _outputs(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, dtype=_FEATURE_TYPES, reset=False)
        return self._network.predict(X)


_SHARED = """
    Parameters
    ----------
    hidden_layer_sizes : tuple of int or int, default=(100,)
        Units of the hidden layers.
    activation : str, default="relu"
        Of the hidden layers: sigmoid, tanh, relu, identity, leaky-relu, gelu, silu, softplus or
        lecun-tanh.
    solver : str, default="adam"
        sgd, momentum, nesterov, rmsprop, adam or adamw.
    alpha : float, default=0.0001
        Strength of L2 regularisation, divided by the mini-batch size as in scikit-learn.
    batch_size : int or "auto", default="auto"
        Samples per step; "auto" is min(200, n_samples).
    learning_rate_init : float, default=0.001
        The learning rate.
    schedule : str, default="constant"
        Its course: constant, step, exponential, cosine or one-cycle.
    max_iter : int, default=200
        Epochs at most.
    momentum : float, default=0.9
        Of the solvers momentum and nesterov.
    tol : float, default=1e-4
        Training ends when the mean cost of an epoch has not fallen by this much for
        `n_iter_no_change` epochs.
    n_iter_no_change : int, default=10
        See `tol`.
    init : str, default="xavier-uniform"
        Initial weights, as in scikit-learn; or "he-uniform", "he-normal", "xavier-normal",
        "lecun-normal", or "standard-normal" and "scaled-normal" of Nielsen's book.
    feature_scale : float, default=1.0
        What features are multiplied by first; 1/255 takes uint8 pixels without a copy.
    random_state : int, RandomState instance or None, default=None
        Decides all random choices. The same integer gives the same bits, whatever `n_jobs`.
    n_jobs : int or None, default=None
        Threads; None and -1 are one per core.
    verbose : bool, default=False
        Print the mean cost of every epoch.

    Attributes
    ----------
    coefs_, intercepts_ : lists of arrays
        Weights (inputs × units) and biases of the layers.
    loss_, loss_curve_ : float, list of float
        Mean cost of the last epoch, and of every epoch.
    n_iter_, n_layers_, n_outputs_ : int
    out_activation_ : str
"""


class MLPClassifier(ClassifierMixin, _MLP):
    """A feed-forward network that tells classes apart.
    {shared}
    classes_ : array of shape (n_classes,)
        The labels, in the order of `predict_proba`'s columns.

    Notes
    -----
    `cost` is "softmax-cross-entropy", or of Nielsen's book "cross-entropy" or "quadratic", on
    sigmoid outputs, which `predict_proba` divides by their sum.
    """

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        cost="softmax-cross-entropy",
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate_init=0.001,
        schedule="constant",
        max_iter=200,
        momentum=0.9,
        tol=1e-4,
        n_iter_no_change=10,
        init="xavier-uniform",
        feature_scale=1.0,
        random_state=None,
        n_jobs=None,
        verbose=False,
    ):
        super().__init__(
            hidden_layer_sizes,
            activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            schedule=schedule,
            max_iter=max_iter,
            momentum=momentum,
            tol=tol,
            n_iter_no_change=n_iter_no_change,
            init=init,
            feature_scale=feature_scale,
            random_state=random_state,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.cost = cost

    def fit(self, X, y):
        """Train on `X` (n_samples, n_features) and labels `y` (n_samples,)."""
        X, y = validate_data(self, X, y, dtype=_FEATURE_TYPES)
        check_classification_targets(y)
        self.classes_, y = np.unique(y, return_inverse=True)
        self._start(len(self.classes_), cost=self.cost)
        return self._train(X, y.astype(np.uint32), epochs=self.max_iter, go_on=False)

    def partial_fit(self, X, y, classes=None):
        """One epoch on `X` and `y`; the first call names all `classes` there will be."""
        first = not self.__sklearn_is_fitted__()
        X, y = validate_data(self, X, y, dtype=_FEATURE_TYPES, reset=first)
        check_classification_targets(y)
        if first:
            if classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            self.classes_ = np.unique(classes)
        elif classes is not None and not np.array_equal(self.classes_, np.unique(classes)):
            raise ValueError(f"classes={classes!r} are not those of the first call: {self.classes_}")
        codes = np.minimum(np.searchsorted(self.classes_, y), len(self.classes_) - 1)
        if not np.array_equal(self.classes_[codes], y):
            unknown = np.setdiff1d(y, self.classes_)
            raise ValueError(f"y has labels that are not among classes: {unknown}")
        if first:
            self._start(len(self.classes_), cost=self.cost)
        return self._train(X, codes.astype(np.uint32), epochs=1, go_on=True)

    def predict_proba(self, X):
        """Probability of each class, (n_samples, n_classes), in the order of `classes_`."""
        outputs = self._outputs(X).astype(np.float64)
        total = outputs.sum(axis=1, keepdims=True)
        uniform = 1 / outputs.shape[1]
        return np.divide(outputs, total, out=np.full_like(outputs, uniform), where=total > 0)

    def predict(self, X):
        """The most probable class of each sample."""
        outputs = self._outputs(X)
        return self.classes_[outputs.argmax(axis=1)]


class MLPRegressor(RegressorMixin, _MLP):
    """A feed-forward network that predicts numbers, with identity outputs and quadratic cost.
    {shared}
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X, y):
        """Train on `X` (n_samples, n_features) and `y` (n_samples,) or (n_samples, n_outputs)."""
        X, y = self._validated(X, y, reset=True)
        self._start(y.shape[1], cost="quadratic", output="identity")
        return self._train(X, y, epochs=self.max_iter, go_on=False)

    def partial_fit(self, X, y):
        """One epoch on `X` and `y`."""
        first = not self.__sklearn_is_fitted__()
        X, y = self._validated(X, y, reset=first)
        if first:
            self._start(y.shape[1], cost="quadratic", output="identity")
        return self._train(X, y, epochs=1, go_on=True)

    def predict(self, X):
        """The numbers, (n_samples,) or (n_samples, n_outputs) as `y` was."""
        outputs = self._outputs(X).astype(np.float64)
        return outputs[:, 0] if self._flat else outputs

    def _validated(self, X, y, *, reset):
        X, y = validate_data(
            self, X, y, dtype=_FEATURE_TYPES, multi_output=True, y_numeric=True, reset=reset
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        self._flat = y.ndim == 1
        return X, np.asarray(y, np.float32).reshape(len(y), -1)


for _estimator in (MLPClassifier, MLPRegressor):
    _estimator.__doc__ = _estimator.__doc__.replace("{shared}", _SHARED.strip("\n"))
