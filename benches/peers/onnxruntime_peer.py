"""onnxruntime's forward passes: one sample at a time, and all test images at once.

The network has random weights: only its shape matters for time. The input of a call is
one row of an array made beforehand, and the time includes the call from Python, which is
how onnxruntime is used.
"""

import os
import sys
import time

import protocol  # noqa: I001  (sets the number of threads before NumPy is loaded)

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

PASSES = 7


def model(args, rng):
    """Gemm and activation for each layer, as a model of one dynamic batch dimension."""
    nodes, tensors, last = [], [], "x"
    weights = protocol.initial_weights(rng, args.layers)
    for layer, (w, b) in enumerate(weights):
        tensors += [numpy_helper.from_array(w, f"w{layer}"), numpy_helper.from_array(b, f"b{layer}")]
        nodes.append(helper.make_node("Gemm", [last, f"w{layer}", f"b{layer}"], [f"z{layer}"]))
        if args.activation == "sigmoid":
            kind = "Sigmoid"
        else:
            kind = "Relu" if layer + 1 < len(weights) else "Softmax"
        nodes.append(helper.make_node(kind, [f"z{layer}"], [f"a{layer}"]))
        last = f"a{layer}"
    value = helper.make_tensor_value_info
    x = value("x", TensorProto.FLOAT, ["m", args.layers[0]])
    y = value(last, TensorProto.FLOAT, ["m", args.layers[-1]])
    graph = helper.make_graph(nodes, "mlp", [x], [y], tensors)
    opset = [helper.make_opsetid("", 17)]
    made = helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(made)
    return made.SerializeToString()


def main():
    args = protocol.ARGS
    x = protocol.read_images(os.path.join(args.data, "t10k-images-idx3-ubyte"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    session = onnxruntime.InferenceSession(
        model(args, np.random.default_rng(1)), options, providers=["CPUExecutionProvider"]
    )
    rows = [x[i : i + 1] for i in range(len(x))]
    for _ in range(2):
        latencies = []
        for row in rows:
            start = time.perf_counter_ns()
            session.run(None, {"x": row})
            latencies.append(time.perf_counter_ns() - start)
    seconds = []
    for _ in range(PASSES):
        start = time.perf_counter()
        session.run(None, {"x": x})
        seconds.append(time.perf_counter() - start)
    protocol.say(
        event="end",
        version=onnxruntime.__version__,
        p50_ns=float(np.quantile(latencies, 0.5)),
        p99_ns=float(np.quantile(latencies, 0.99)),
        outputs_seconds=float(np.median(seconds)),
    )


if __name__ == "__main__":
    sys.exit(main())
