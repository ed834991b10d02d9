"""What fixed layouts of weights take and lose: rate_peers.py RAW SHAPES.

RAW holds fp32 matrices one behind the other, SHAPES is their shapes as JSON. Prints JSON: name, bits a weight with
scales, and signal-to-noise ratio over all weights together.
"""

import json
import math
import sys

import gguf
import numpy as np


def ggml(kind):
    block, size = gguf.GGML_QUANT_SIZES[kind]

    def run(matrix):
        flat = matrix.reshape(-1, block) if matrix.size % block == 0 else None
        if flat is None:
            raise ValueError(f"{matrix.size} weights are no whole blocks of {block}")
        packed = gguf.quants.quantize(flat, kind)
        return gguf.quants.dequantize(packed, kind).reshape(matrix.shape), matrix.size // block * size * 8

    return run


def grouped(bits, group, symmetric):
    """Round to nearest, fp16 scales, and zero points of `bits` where the range is not symmetric."""

    def run(matrix):
        groups = matrix.reshape(-1, group)
        top = 2**bits - 1
        if symmetric:
            extreme = groups[np.arange(len(groups)), np.abs(groups).argmax(axis=1)][:, None]
            scale = (extreme / -(2 ** (bits - 1))).astype(np.float16).astype(np.float32)
            low, zero, extra = -(2 ** (bits - 1)), 0, 16
        else:
            least, most = np.minimum(groups.min(1, keepdims=True), 0), np.maximum(groups.max(1, keepdims=True), 0)
            scale = ((most - least) / top).astype(np.float16).astype(np.float32)
            low, zero, extra = 0, np.round(-least / np.where(scale == 0, 1, scale)), 16 + bits
        codes = np.clip(np.round(groups / np.where(scale == 0, 1, scale)) + zero, low, low + top)
        return ((codes - zero) * scale).reshape(matrix.shape), matrix.size * bits + len(groups) * extra

    return run


KINDS = gguf.GGMLQuantizationType
LAYOUTS = {
    "Q8_0 (ggml)": ggml(KINDS.Q8_0),
    "Q5_0 (ggml)": ggml(KINDS.Q5_0),
    "Q4_0 (ggml)": ggml(KINDS.Q4_0),
    "int4 g32 symmetric, round to nearest": grouped(4, 32, True),
    "int4 g32 asymmetric, round to nearest": grouped(4, 32, False),
}


def main():
    raw, shapes = np.fromfile(sys.argv[1], np.float32), json.loads(sys.argv[2])
    matrices, at = [], 0
    for shape in shapes:
        size = math.prod(shape)
        matrices.append(raw[at : at + size].reshape(shape))
        at += size
    found = []
    for name, layout in LAYOUTS.items():
        signal = noise = bits = 0.0
        for matrix in matrices:
            restored, used = layout(matrix)
            signal += float(np.sum(matrix.astype(np.float64) ** 2))
            noise += float(np.sum((matrix.astype(np.float64) - restored) ** 2))
            bits += used
        found.append({"name": name, "bits": bits / raw.size, "sqnr": 10 * math.log10(signal / noise)})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
