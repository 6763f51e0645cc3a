"""Trains nn-cli and scikit-learn's MLPClassifier on the same splits of scikit-learn's own tables.

    python compare_tables.py FOLDER NN_CLI [SPLITS]

Each split is written as train.csv and test.csv, raw: nn-cli standardises by itself, scikit-learn by a
pipeline with StandardScaler. Both train one hidden layer of 30 ReLU units with softmax by Adam at its
defaults, and scikit-learn's default L2, for equally many epochs of equal mini-batches.
It prints mean and standard deviation of the accuracies and of the difference on each split, and fails
where the mean difference is more than three of its standard errors behind.
"""

import csv
import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

EPOCHS = 200
BATCH = 32
ALPHA = 1e-4
TABLES = ["iris", "wine", "digits", "breast_cancer"]

warnings.simplefilter("ignore", ConvergenceWarning)  # All epochs are done, as asked.


def write(path, names, rows, labels):
    """One table, its last column the class."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "target"])
        writer.writerows([*map(repr, map(float, row)), label] for row, label in zip(rows, labels))


def ours(nn_cli, folder, samples, seed):
    """Test accuracy of nn-cli."""
    # scikit-learn divides its penalty by the samples of a mini-batch, nn-cli by all of them.
    penalty = ALPHA * samples / BATCH
    settings = (
        f"--validation-share 0 --hidden 30 --activation relu --cost softmax-cross-entropy "
        f"--init xavier-uniform --optimizer adam --lambda {penalty} --epochs {EPOCHS} "
        f"--batch-size {BATCH} --seed {seed} --threads 1"
    )
    command = [nn_cli, "--json", "--quiet", "train", "--data", folder, *settings.split()]
    done = subprocess.run(
        [*map(str, command), "--output", str(folder / "model.nnm")],
        check=True, capture_output=True, text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])["test_accuracy"]


def theirs(train, test, seed):
    """Test accuracy of scikit-learn, which stops by no rule of its own."""
    model = MLPClassifier(
        (30,), alpha=ALPHA, batch_size=BATCH, max_iter=EPOCHS, n_iter_no_change=EPOCHS, random_state=seed
    )
    return make_pipeline(StandardScaler(), model).fit(*train).score(*test)


def main():
    folder, nn_cli = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    splits = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    print(f"scikit-learn {sklearn.__version__}, {splits} splits, {EPOCHS} epochs")
    print("| table | samples × columns | nn-cli | scikit-learn | difference on a split |")
    print("|---|---|---|---|---|")
    behind = []
    for name in TABLES:
        data = getattr(datasets, "load_" + name)()
        scores = []
        for seed in range(splits):
            x, x_test, y, y_test = train_test_split(
                data.data, data.target, test_size=0.2, stratify=data.target, random_state=seed
            )
            place = folder / f"{name}-{seed}"
            place.mkdir(parents=True, exist_ok=True)
            names = [str(feature).replace(",", " ") for feature in data.feature_names]
            write(place / "train.csv", names, x, [data.target_names[i] for i in y])
            write(place / "test.csv", names, x_test, [data.target_names[i] for i in y_test])
            scores.append((ours(nn_cli, place, len(x), seed), theirs((x, y), (x_test, y_test), seed)))
        scores = np.array(scores)
        mean, spread = scores.mean(axis=0), scores.std(axis=0, ddof=1)
        difference = scores[:, 0] - scores[:, 1]
        error = difference.std(ddof=1) / np.sqrt(splits)
        print(
            f"| {name} | {data.data.shape[0]:,} × {data.data.shape[1]} "
            f"| {mean[0]:.3f} ± {spread[0]:.3f} | {mean[1]:.3f} ± {spread[1]:.3f} "
            f"| {difference.mean():+.3f} ± {difference.std(ddof=1):.3f} |",
            flush=True,
        )
        if difference.mean() < -3 * error - 1e-9:
            behind.append(name)
    if behind:
        sys.exit("nn-cli is behind on " + ", ".join(behind))


main()
