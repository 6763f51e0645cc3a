"""What `cargo xtask interop` leaves in a folder: models in several formats, and for each the
outputs that the library computed for the same samples."""

import json
from pathlib import Path

import numpy as np

# Largest difference of two results, against the largest weighted input there is (at least 1). The
# library and the other tools add the same products, rounded to 32 bits, in different orders; and
# no activation used for an output makes a difference larger.
TOLERANCE = 1e-5


class Models:
    def __init__(self, folder):
        self.folder = Path(folder)
        description = json.loads((self.folder / "models.json").read_text())
        self.names = description["models"]
        self.pixels = self.array("pixels", np.uint8, description["features"])
        self.labels = np.fromfile(self.folder / "labels", np.uint8)
        self.classes = description["classes"]

    def array(self, file, kind, columns):
        return np.fromfile(self.folder / file, kind).reshape(-1, columns)

    def expected(self, name):
        """Weighted inputs and activations of the output layer, as the library computed them."""
        logits = self.array(f"{name}.logits", np.float32, self.classes)
        return logits, self.array(f"{name}.outputs", np.float32, self.classes)


def compare(what, name, found, expected, logits):
    """Prints how far two results lie apart, and ends the program if that is too far."""
    found = np.asarray(found, np.float64)
    agree = int((found.argmax(1) == expected.argmax(1)).sum())
    difference = float(np.abs(found - expected).max())
    relative = difference / max(1.0, float(np.abs(logits).max()))
    print(
        f"  {what:22} {name:25} {agree}/{len(expected)} predictions equal, largest difference "
        f"{difference:.1e}, which is {relative:.1e} of the largest logit"
    )
    if agree != len(expected) or not relative <= TOLERANCE:
        raise SystemExit(f"{what} disagrees with the library on {name}")
