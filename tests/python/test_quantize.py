"""Compares the quantizers with independent ones: numpy from the papers' formulas, and gguf's."""

import json
import os
import struct
import unittest

import gguf
import numpy as np
import rust_steps

CACHE = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
MODELS = os.path.join(CACHE, "tensorpress", "models")


def bell(rows, columns, seed):
    return (np.random.default_rng(seed).standard_normal((rows, columns)) * 0.05).astype(np.float32)


def minilm():
    """Some matrices of MiniLM, where the benchmark or the demo has fetched it."""
    for folder, _, files in os.walk(MODELS):
        for name in files:
            if name.endswith(".safetensors"):
                with open(os.path.join(folder, name), "rb") as file:
                    (length,) = struct.unpack("<Q", file.read(8))
                    header = json.loads(file.read(length))
                    wanted = [key for key in header if key.endswith(("layer.0.output.dense.weight", "layer.3.attention.self.query.weight"))]
                    for key in wanted:
                        begin, end = header[key]["data_offsets"]
                        file.seek(8 + length + begin)
                        yield key, np.frombuffer(file.read(end - begin), "<f4").reshape(header[key]["shape"])
                return


def esrgan():
    """A convolution of ESRGAN, [3, 3, in, out], as a matrix of which columns are the channels."""
    for folder, _, files in os.walk(MODELS):
        if "model.json" in files and "esrgan" in folder:
            with open(os.path.join(folder, "model.json"), encoding="utf-8") as file:
                (group, *_) = json.load(file)["weightsManifest"]
            data = b"".join(open(os.path.join(folder, path), "rb").read() for path in group["paths"])
            at = 0
            for weight in group["weights"]:
                count = int(np.prod(weight["shape"], dtype=np.int64))
                if len(weight["shape"]) == 4 and count > 30_000 and weight["shape"][2] % 32 == 0:
                    yield weight["name"], np.frombuffer(data, "<f4", count, at).reshape(-1, weight["shape"][3]).T.copy()
                    return
                at += 4 * count
            return


def squared(a, b):
    return float(np.sum((a.astype(np.float64) - b.astype(np.float64)) ** 2))


def nearest(values, levels):
    """The index of the nearest level of each value, in doubles."""
    return np.abs(values[..., None].astype(np.float64) - levels.astype(np.float64)).argmin(-1)


class Quantizers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = rust_steps.build()
        if not cls.program:
            raise unittest.SkipTest("no cargo to build the quantizers with")
        outlier = bell(32, 96, 3)
        outlier[5, 7] = 40
        cls.tensors = {
            "bell": bell(64, 128, 1),
            "outlier": outlier,
            "zeros": np.zeros((8, 64), np.float32),
            "constant": np.full((8, 64), -0.3, np.float32),
            "positive": np.abs(bell(32, 64, 4)) + np.float32(0.01),
            "large": bell(16, 64, 5) * np.float32(1e30),
        }
        found = {**dict(minilm()), **dict(esrgan())}
        if not found:
            print("SKIPPED: quantizers on real weights: no model is in the cache (npm run demo fetches them)")
        cls.tensors.update(found)

    def each(self, step, axis=0, without=()):
        chosen = [(name, weights) for name, weights in self.tensors.items() if name not in without]
        answers = rust_steps.apply(self.program, [(step, weights, axis) for _, weights in chosen])
        for (name, weights), answer in zip(chosen, answers):
            with self.subTest(step=step, tensor=name):
                self.assertIsNone(answer.error)
                yield weights, answer

    def test_restored_weights_are_what_the_formula_says(self):
        for step in ({"quantize": {}}, {"quantize": {"bits": 4, "zeros": "f32", "scale": "f32"}}, {"nf4": {"scale": "f32"}}):
            for weights, answer in self.each(step):
                per_row = answer.scales.size // len(weights)
                index = np.arange(weights.size).reshape(weights.shape) % weights.shape[1] // answer.group
                index += np.arange(len(weights))[:, None] * per_row
                zeros = answer.zeros[index] if answer.zeros is not None else np.float32(0)
                np.testing.assert_array_equal(answer.weights, (answer.levels() - zeros) * answer.scales[index])

    def test_int8_per_channel(self):
        for axis in (0, 1):
            for weights, answer in self.each({"quantize": {"axis": axis}}):
                wide = weights.astype(np.float64)
                scale = (np.abs(wide).max(1 - axis, keepdims=True) / 127).astype(np.float32)
                np.testing.assert_array_equal(answer.scales, scale.ravel())
                levels = np.rint(np.divide(wide, scale, where=scale != 0, out=np.zeros_like(wide)))
                differ = answer.levels() != levels
                # A multiplication by the inverse may turn what is halfway.
                self.assertLessEqual(np.abs(answer.levels() - levels).max(), 1)
                self.assertLess(differ.mean(), 1e-3)

    def test_uint8_per_tensor(self):
        for weights, answer in self.each({"quantize": {"symmetric": False, "per": "tensor"}}):
            low, high = min(float(weights.min()), 0), max(float(weights.max()), 0)
            scale = np.float32((high - low) / 255)
            self.assertEqual(answer.scales[0], scale)
            if scale > 0:
                zero = np.clip(np.rint(-low / np.float64(scale)), 0, 255)
                self.assertEqual(0 if answer.zeros is None else answer.zeros[0], zero)
                levels = np.clip(np.rint(weights.astype(np.float64) / scale + zero), 0, 255)
                self.assertLess((answer.levels() != levels).mean(), 1e-3)

    def test_errors_are_those_of_gguf_or_less(self):
        kinds = gguf.GGMLQuantizationType
        fixed = {"symmetric": True, "method": "minmax", "per": "group"}
        for kind, step, most in (
            (kinds.Q8_0, {"quantize": {"bits": 8, **fixed}}, 1.01),
            (kinds.Q4_0, {"quantize": {"bits": 4, **fixed}}, 1.01),
            (kinds.Q4_0, {"quantize": {"bits": 4, "symmetric": True}}, 0.95),
            (kinds.Q4_1, {"quantize": {"bits": 4, "zeros": "f16"}}, 0.95),
            (kinds.Q5_1, {"quantize": {"bits": 5, "zeros": "f16"}}, 0.95),
            (kinds.MXFP4, {"fp4": {}}, 1.0),
        ):
            for weights, answer in self.each(step, without=("large", "zeros", "constant")):
                theirs = gguf.quants.dequantize(gguf.quants.quantize(weights, kind), kind)
                self.assertLessEqual(squared(weights, answer.weights), squared(weights, theirs) * most + 1e-12, kind.name)

    def test_nf4_takes_the_nearest_level(self):
        for weights, answer in self.each({"nf4": {"scale": "f32"}}):
            groups = weights.reshape(len(weights), -1, 64) if weights.shape[1] % 64 == 0 else None
            if groups is None:
                continue
            scale = np.abs(groups).max(-1, keepdims=True)
            np.testing.assert_array_equal(answer.scales, scale.ravel())
            levels = nearest(np.divide(groups, scale, where=scale != 0, out=np.zeros_like(groups)), answer.table)
            self.assertLess((answer.codes.reshape(groups.shape) != levels).mean(), 1e-4)

    def test_fp8_takes_the_nearest_level(self):
        for name, bits, bias, greatest in (("e4m3", 3, 7, 448), ("e5m2", 2, 15, 57344)):
            magnitudes = np.array(
                [
                    (mantissa / 2**bits + (exponent > 0)) * 2.0 ** (max(exponent, 1) - bias)
                    for exponent in range(2 ** (7 - bits))
                    for mantissa in range(2**bits)
                ]
            )
            magnitudes = magnitudes[magnitudes <= greatest]
            for weights, answer in self.each({"fp8": {"format": name}}):
                scale = np.abs(weights).max(1, keepdims=True) / np.float32(greatest)
                np.testing.assert_array_equal(answer.scales, scale.ravel())
                scaled = np.divide(weights, scale, where=scale != 0, out=np.zeros_like(weights))
                # argmin takes the lower of two equally near: give ties to the even one.
                low = np.clip(np.searchsorted(magnitudes, np.abs(scaled), "right") - 1, 0, len(magnitudes) - 2)
                middle = (magnitudes[low] + magnitudes[low + 1]) / 2
                up = (np.abs(scaled) > middle) | ((np.abs(scaled) == middle) & (low % 2 == 1))
                np.testing.assert_array_equal(np.abs(answer.levels()), magnitudes[low + up].astype(np.float32))

    def test_half_precision_is_that_of_numpy(self):
        for weights, answer in self.each({"float": {"to": "f16"}}, without=("large",)):
            np.testing.assert_array_equal(answer.weights, weights.astype(np.float16).astype(np.float32))
        for weights, answer in self.each({"float": {"to": "bf16"}}):
            bits = weights.view(np.uint32)
            rounded = (bits + 0x7FFF + (bits >> 16 & 1)) & np.uint32(0xFFFF0000)
            np.testing.assert_array_equal(answer.weights.view(np.uint32), rounded)

    def test_search_finds_the_best_percentage(self):
        step = {"quantize": {"bits": 4, "method": "search", "scale": "f32", "symmetric": True, "range": [-7, 7]}}
        del step["quantize"]["bits"]
        for weights, answer in self.each(step, without=("large",)):
            groups = weights.reshape(-1, 32).astype(np.float64)
            start = np.abs(groups).max(1, keepdims=True) / 7
            scales = start * (np.arange(100, 79, -1) / 100)[:, None, None]
            safe = np.where(scales > 0, scales, 1)
            errors = (np.abs(groups - np.clip(np.rint(groups / safe), -7, 7) * scales) ** 2.4).sum(-1)
            found = answer.scales.reshape(-1, 1)
            mine = (np.abs(groups - answer.levels().reshape(groups.shape) * found) ** 2.4).sum(-1)
            np.testing.assert_array_less(mine, errors.min(0) * 1.001 + 1e-12)

    def test_least_squares_is_near_the_best_there_is(self):
        for weights, answer in self.each({"quantize": {"bits": 4, "scale": "f32", "symmetric": True}}, without=("large",)):
            groups = weights.reshape(-1, 32).astype(np.float64)
            extreme = groups[np.arange(len(groups)), np.abs(groups).argmax(1)][:, None]
            extreme = np.where(extreme == 0, 1, extreme)
            best = np.full(len(groups), np.inf)
            for factor in np.linspace(0.5, 1.15, 200):
                for sign in (1, -1):
                    scale = sign * factor * extreme / -8
                    levels = np.clip(np.rint(groups / scale), -8, 7)
                    power = (levels**2).sum(1, keepdims=True)
                    scale = np.where(power > 0, (groups * levels).sum(1, keepdims=True) / np.maximum(power, 1), scale)
                    levels = np.clip(np.rint(groups / np.where(scale == 0, 1, scale)), -8, 7)
                    best = np.minimum(best, ((groups - levels * scale) ** 2).sum(1))
            mine = squared(weights, answer.weights)
            self.assertLessEqual(mine, best.sum() * 1.04 + 1e-12)

    def test_hqq_errs_no_more_than_the_published_solver(self):
        step = {"quantize": {"bits": 4, "method": "hqq", "scale": "f32", "zeros": "f32"}}
        for weights, answer in self.each(step, without=("large", "zeros", "constant")):
            groups = weights.reshape(-1, 32).astype(np.float64)
            low, high = groups.min(1, keepdims=True), groups.max(1, keepdims=True)
            inverse = 15 / (high - low)
            zero, beta, best = -low * inverse, 10.0, np.inf
            for _ in range(20):
                restored = (np.clip(np.rint(groups * inverse + zero), 0, 15) - zero) / inverse
                error = groups - restored
                kept = np.sign(error) * np.maximum(np.abs(error) - (np.abs(error) + 1e-8) ** -0.3 / beta, 0)
                levels = np.clip(np.rint(groups * inverse + zero), 0, 15)
                zero = (levels - (groups - kept) * inverse).mean(1, keepdims=True)
                beta *= 1.01
                if np.abs(error).mean() >= best:
                    break
                best = np.abs(error).mean()
            theirs = (np.clip(np.rint(groups * inverse + zero), 0, 15) - zero) / inverse
            self.assertLessEqual(squared(weights, answer.weights), squared(groups, theirs) * 1.001)


if __name__ == "__main__":
    unittest.main()
