"""onnx.checker accepts the ONNX files, and onnxruntime computes what the library computed."""

import json
import sys

import numpy as np
import onnx
import onnxruntime

from models import Models, compare

models = Models(sys.argv[1])
print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, NumPy {np.__version__}")
for name in models.names:
    logits, outputs = models.expected(name)
    for file, pixels in [
        (f"{name}.onnx", models.pixels.astype(np.float32)),
        (f"{name}.byte.onnx", models.pixels),
    ]:
        path = str(models.folder / file)
        onnx.checker.check_model(onnx.load(path), full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        assert names[0] == "output", names
        (found,) = session.run(["output"], {"input": pixels})
        compare("onnxruntime, outputs", file, found, outputs, logits)
        if "logits" in names:
            (found,) = session.run(["logits"], {"input": pixels})
            compare("onnxruntime, logits", file, found, logits, logits)
        # One sample at a time, too: the size of the batch is free.
        (one,) = session.run(["output"], {"input": pixels[:1]})
        assert one.shape == (1, models.classes) and np.allclose(one, outputs[:1], atol=1e-5)
        metadata = session.get_modelmeta().custom_metadata_map
        assert len(json.loads(metadata["class_names"])) == models.classes, metadata
