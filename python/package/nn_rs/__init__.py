"""Feed-forward neural networks, trained in Rust, with scikit-learn's interface."""

from ._core import __version__
from ._estimators import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor", "__version__"]
