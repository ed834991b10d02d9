"""Compares transforms with independent ones: numpy from the papers' formulas, LAPACK, and scikit-learn's k-means."""

import glob
import importlib.util
import os
import unittest

import numpy as np
import rust_transforms
from safetensors import safe_open

CACHE = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
PROGRAM = rust_transforms.build()
MASK = (1 << 64) - 1


def bell(*shape, seed=1):
    return (np.random.default_rng(seed).standard_normal(shape) * 0.05).astype(np.float32)


def minilm(ending):
    """A matrix of MiniLM where the benchmark or the demo has fetched it, else numbers like it."""
    for path in glob.glob(os.path.join(CACHE, "tensorpress", "models", "*minilm*", "**", "*.safetensors"), recursive=True):
        with safe_open(path, framework="numpy") as file:
            for name in file.keys():
                if name.endswith(ending):
                    return file.get_tensor(name)
    return bell(384, 384)


def squared_error(a, b):
    return float(np.sum((a.astype(np.float64) - b.astype(np.float64)) ** 2))


def mixed(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


@unittest.skipUnless(PROGRAM, "no cargo")
class Transforms(unittest.TestCase):
    def after(self, chain, weights, **more):
        return rust_transforms.apply(PROGRAM, chain, weights, **more)

    def test_pruned_by_magnitude(self):
        for weights in (bell(70, 90), np.round(bell(40, 50) * 20), minilm("layer.0.attention.self.query.weight")):
            for sparsity in (0, 0.3, 0.5, 0.999, 1):
                expected = weights.copy().ravel()
                # Stable: the first ones among equals go.
                order = np.argsort(np.abs(expected), kind="stable")
                expected[order[: int(np.floor(sparsity * expected.size + 0.5))]] = 0
                found, report = self.after([{"prune": {"sparsity": sparsity}}], weights)
                np.testing.assert_array_equal(found.ravel(), expected)
                self.assertEqual(report["zeros"], int(np.sum(expected == 0)))
            found, _ = self.after([{"prune": {"threshold": 0.04}}], weights)
            np.testing.assert_array_equal(found, np.where(np.abs(weights) < np.float32(0.04), 0, weights))
            found, _ = self.after([{"prune": {"sparsity": 0.5, "global": True}}], weights, threshold=0.05)
            np.testing.assert_array_equal(found, np.where(np.abs(weights) < np.float32(0.05), 0, weights))

    def test_pruned_at_random(self):
        weights, seed, count = bell(500) + 1, 77, 150
        # SplitMix64 from the seed that the recipe gives.
        start = mixed((seed + 0x9E3779B97F4A7C15) & MASK)
        ranks = [mixed((start + 0x9E3779B97F4A7C15 * (i + 1)) & MASK) for i in range(500)]
        expected = weights.copy()
        expected[np.argsort(np.array(ranks, np.uint64), kind="stable")[:count]] = 0
        found, _ = self.after([{"prune": {"sparsity": 0.3, "by": "random", "seed": seed}}], weights)
        np.testing.assert_array_equal(found, expected)

    def test_patterns_of_neighbours(self):
        weights = bell(24, 40)
        for keep, of in ((2, 4), (4, 8), (1, 5)):
            groups = weights.reshape(24, -1, of)
            order = np.argsort(np.abs(groups), axis=2, kind="stable")
            expected = groups.copy()
            np.put_along_axis(expected, order[:, :, : of - keep], 0, 2)
            expected = expected.reshape(24, 40)
            chain = [{"prune": {"pattern": f"{keep}:{of}"}}]
            np.testing.assert_array_equal(self.after(chain, weights)[0], expected)
            found, _ = self.after(chain, np.ascontiguousarray(weights.T), axis=1)
            np.testing.assert_array_equal(found.T, expected)

    def test_slices_by_norm(self):
        weights = bell(3, 20, 16)
        for of, axis in (("rows", 0), ("columns", 2), ("channels", 1)):
            for norm, order in (("l1", 1), ("l2", 2)):
                others = tuple(i for i in range(3) if i != axis)
                norms = np.sum(np.abs(weights.astype(np.float64)) ** order, axis=others)
                going = np.argsort(norms, kind="stable")[: int(np.floor(0.4 * norms.size + 0.5))]
                expected = np.moveaxis(weights.copy(), axis, 0)
                expected[going] = 0
                chain = [{"prune": {"sparsity": 0.4, "of": of, "norm": norm}}]
                found, _ = self.after(chain, weights, axis=1)
                np.testing.assert_array_equal(np.moveaxis(found, axis, 0), expected)

    def test_clipped(self):
        weights = bell(50, 60)
        found, _ = self.after([{"clip": {"percentile": 97}}], weights)
        most = np.sort(np.abs(weights).ravel())[int(np.ceil(0.97 * weights.size)) - 1]
        np.testing.assert_array_equal(found, np.clip(weights, -most, most))
        found, _ = self.after([{"clip": {"sigma": 1.5, "per": "channel"}}], weights)
        mean, reach = weights.mean(1, np.float64), 1.5 * weights.std(1, np.float64)
        expected = np.clip(weights, (mean - reach)[:, None], (mean + reach)[:, None])
        np.testing.assert_allclose(found, expected, rtol=1e-6)

    def test_signs(self):
        weights = minilm("layer.1.attention.self.key.weight")
        found, _ = self.after([{"binarize": {}}], weights)
        scale = np.mean(np.abs(weights), 1, np.float64, keepdims=True)
        np.testing.assert_allclose(found, np.where(weights < 0, -scale, scale), rtol=1e-6)
        found, _ = self.after([{"ternarize": {}}], weights)
        kept = np.abs(weights) > 0.7 * scale
        scale = np.sum(np.abs(weights) * kept, 1, np.float64, keepdims=True) / np.sum(kept, 1, keepdims=True)
        # The threshold is 0.7 in fp32: a weight right at it may fall to either side.
        same = (found != 0) == kept
        self.assertGreater(np.mean(same), 0.9999)
        np.testing.assert_allclose(found[same], (np.sign(weights) * kept * scale)[same], rtol=1e-4)

    def test_clusters_are_the_least_there_is(self):
        """Against the plain dynamic programme over all cuts."""
        for seed, clusters in ((1, 2), (2, 5), (3, 16), (4, 60)):
            values = np.sort(bell(400, seed=seed)).astype(np.float64)
            first, second = (np.concatenate([[0], np.cumsum(v)]) for v in (values, values**2))
            count = np.arange(401)
            with np.errstate(all="ignore"):
                width = count[None, :] - count[:, None]
                cost = second[None, :] - second[:, None] - (first[None, :] - first[:, None]) ** 2 / width
            cost = np.where(width > 0, cost, np.inf)
            least = cost[0]
            for _ in range(clusters - 1):
                least = np.min(least[:, None] + cost, 0)
            found, report = self.after([{"cluster": {"clusters": clusters}}], values.astype(np.float32))
            self.assertEqual(len(report["centroids"]), clusters)
            self.assertAlmostEqual(squared_error(found, values) / least[400], 1, delta=1e-6)

    @unittest.skipUnless(importlib.util.find_spec("sklearn"), "scikit-learn is not installed")
    def test_clusters_beat_scikit_learn(self):
        from sklearn.cluster import KMeans

        weights = minilm("layer.0.attention.self.query.weight")
        for clusters in (4, 16, 64):
            found, _ = self.after([{"cluster": {"clusters": clusters}}], weights)
            points = weights.reshape(-1, 1).astype(np.float64)
            theirs = KMeans(clusters, n_init=2, random_state=0, tol=1e-8).fit(points).inertia_
            self.assertLessEqual(squared_error(found, weights), theirs * (1 + 1e-6))

    def test_pruned_weights_have_the_best_clusters_of_the_rest(self):
        weights = bell(900)
        chain = [{"prune": {"sparsity": 0.5}}, {"cluster": {"clusters": 8}}]
        found, report = self.after(chain, weights)
        self.assertIn(0.0, report["centroids"])
        rest = np.sort(np.abs(weights))[450:]
        kept = weights[np.abs(weights) >= rest[0]]
        alone, _ = self.after([{"cluster": {"clusters": 7}}], kept)
        self.assertAlmostEqual(squared_error(found[found != 0], kept) / squared_error(alone, kept), 1, delta=1e-6)

    def test_factors_are_those_of_lapack(self):
        for weights in (minilm("layer.2.attention.self.value.weight"), bell(60, 150), bell(150, 60)):
            singular = np.linalg.svd(weights.astype(np.float64), compute_uv=False)
            for rank in (1, 7, 20):
                found, report = self.after([{"factorize": {"rank": rank, "factors": "f32"}}], weights)
                self.assertEqual(report["rank"], rank)
                self.assertAlmostEqual(squared_error(found, weights) / np.sum(singular[rank:] ** 2), 1, delta=1e-5)
            share = np.cumsum(singular**2) / np.sum(singular**2)
            found, report = self.after([{"factorize": {"energy": 0.5}}], weights)
            self.assertEqual(report["rank"], int(np.argmax(share >= 0.5)) + 1)

    def test_a_remainder_lowers_the_error(self):
        weights = bell(80, 80)
        weights[::9, ::11] += 1
        errors = []
        for sparse in (0, 0.01, 0.02):
            found, report = self.after([{"factorize": {"rank": 8, "sparse": sparse}}], weights)
            self.assertEqual(report["remainder"], round(sparse * 6400))
            errors.append(squared_error(found, weights))
        self.assertLess(errors[1], errors[0])
        self.assertLess(errors[2], errors[1])


if __name__ == "__main__":
    unittest.main()
