"""Trains scikit-learn's MLPClassifier, and stores its weights as safetensors
together with what scikit-learn itself predicts."""

import sys

import numpy as np
import sklearn
from safetensors.numpy import save_file
from sklearn.neural_network import MLPClassifier

from models import Models

models = Models(sys.argv[1])
print(f"scikit-learn {sklearn.__version__}")
x = models.pixels / 255
mlp = MLPClassifier((40, 20), activation="relu", max_iter=8, random_state=1)
mlp.fit(x, models.labels)
save_file(
    {f"coefs_{i}": w for i, w in enumerate(mlp.coefs_)}
    | {f"intercepts_{i}": b for i, b in enumerate(mlp.intercepts_)},
    models.folder / "sklearn.safetensors",
)
mlp.predict_proba(x).astype(np.float32).tofile(models.folder / "sklearn.theirs")
