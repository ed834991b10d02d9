"""Quantizes matrices with other people's tools: quantize_peers.py RAW SHAPES TIMES [hqq].

RAW holds fp32 matrices [in, out] one behind the other, SHAPES is their shapes as JSON. Prints JSON, one entry a tool: its
name, the least seconds of processor time for all matrices, and the signal-to-noise ratio of what its output stands for.
Every tool gets one thread. HQQ is left out unless asked for: it needs torch.
"""

import json
import logging
import math
import os
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"
logging.disable(logging.WARNING)

import gguf
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, matmul_nbits_quantizer, quantize_dynamic

GROUP = 32


def model_of(matrices):
    """A chain-free model with a MatMul for each matrix."""
    nodes, inputs, outputs, weights = [], [], [], []
    for index, matrix in enumerate(matrices):
        rows, columns = matrix.shape
        inputs.append(helper.make_tensor_value_info(f"x{index}", TensorProto.FLOAT, ["batch", rows]))
        outputs.append(helper.make_tensor_value_info(f"y{index}", TensorProto.FLOAT, ["batch", columns]))
        weights.append(numpy_helper.from_array(matrix, f"w{index}"))
        nodes.append(helper.make_node("MatMul", [f"x{index}", f"w{index}"], [f"y{index}"], f"m{index}"))
    graph = helper.make_graph(nodes, "matrices", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def tensors_of(model):
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def dynamic_int8(matrices, folder):
    path = os.path.join(folder, "int8.onnx")

    def run(model):
        quantize_dynamic(model, path, per_channel=True, weight_type=QuantType.QInt8)
        return path

    def restore(path):
        tensors = tensors_of(onnx.load(path))
        for index in range(len(matrices)):
            levels = tensors[f"w{index}_quantized"].astype(np.float32)
            yield (levels - tensors[f"w{index}_zero_point"].astype(np.float32)) * tensors[f"w{index}_scale"]

    return run, restore


def blockwise(matrices, config, symmetric):
    def run(model):
        quantizer = matmul_nbits_quantizer.MatMulNBitsQuantizer(
            model, block_size=GROUP, is_symmetric=symmetric, algo_config=config
        )
        quantizer.process()
        return quantizer.model.model

    def restore(model):
        tensors = tensors_of(model)
        nodes = {node.output[0]: node for node in model.graph.node}
        for index, matrix in enumerate(matrices):
            rows, columns = matrix.shape
            packed, scales, *zeros = (tensors[name] for name in nodes[f"y{index}"].input[1:])
            levels = np.stack([packed & 15, packed >> 4], axis=-1).reshape(columns, -1, GROUP).astype(np.float32)
            zero = np.float32(8)
            if zeros:
                zero = zeros[0].reshape(columns, -1)
                if zero.dtype == np.uint8:
                    zero = np.stack([zero & 15, zero >> 4], axis=-1).reshape(columns, -1)
                zero = zero[:, : levels.shape[1], None].astype(np.float32)
            restored = (levels - zero) * scales.reshape(columns, -1, 1)
            yield restored.reshape(columns, -1)[:, :rows].T

    return run, restore


def ggml(matrices, kind):
    turned = [np.ascontiguousarray(matrix.T) for matrix in matrices]

    def run(_):
        return [gguf.quants.quantize(matrix, kind) for matrix in turned]

    def restore(packed):
        for blocks in packed:
            yield gguf.quants.dequantize(blocks, kind).T

    return run, restore


def main():
    raw, shapes, times = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
    weights = np.fromfile(raw, np.float32)
    ends = np.cumsum([rows * columns for rows, columns in shapes])[:-1]
    matrices = [part.reshape(shape) for part, shape in zip(np.split(weights, ends), shapes)]
    config = matmul_nbits_quantizer.DefaultWeightOnlyQuantConfig
    with tempfile.TemporaryDirectory() as folder:
        tools = {
            "onnxruntime quantize_dynamic, int8 per channel": dynamic_int8(matrices, folder),
            "onnxruntime MatMulNBits RTN, symmetric": blockwise(
                matrices, config(block_size=GROUP, is_symmetric=True), True
            ),
            "onnxruntime MatMulNBits RTN, asymmetric": blockwise(
                matrices, config(block_size=GROUP, is_symmetric=False), False
            ),
            "gguf Q8_0": ggml(matrices, gguf.GGMLQuantizationType.Q8_0),
            "gguf Q4_0": ggml(matrices, gguf.GGMLQuantizationType.Q4_0),
        }
        if "hqq" in sys.argv[4:]:
            import torch

            torch.set_num_threads(1)
            hqq = matmul_nbits_quantizer.HQQWeightOnlyQuantConfig(block_size=GROUP, bits=4)
            tools["onnxruntime MatMulNBits HQQ"] = blockwise(matrices, hqq, False)
        results = []
        for name, (run, restore) in tools.items():
            seconds = math.inf
            for _ in range(times):
                model = model_of(matrices)
                started = time.process_time()
                output = run(model)
                seconds = min(seconds, time.process_time() - started)
            signal = noise = 0.0
            for matrix, restored in zip(matrices, restore(output)):
                signal += float(np.sum(matrix.astype(np.float64) ** 2))
                noise += float(np.sum((matrix.astype(np.float64) - restored) ** 2))
            results.append({"name": name, "seconds": seconds, "sqnr": 10 * math.log10(signal / noise)})
    print(json.dumps(results))


if __name__ == "__main__":
    main()
