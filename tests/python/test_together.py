"""Compares what is settled for several tensors together with every other choice there is."""

import itertools
import unittest

import numpy as np
import rust_compress

PROGRAM = rust_compress.build()


def bell(*shape, seed=1):
    return (np.random.default_rng(seed).standard_normal(shape) * 0.05).astype(np.float32)


def squared_error(a, b):
    return sum(float(np.sum((a[name].astype(np.float64) - b[name]) ** 2)) for name in a)


@unittest.skipUnless(PROGRAM, "no cargo")
class Together(unittest.TestCase):
    def test_no_other_ranks_of_the_same_size_are_better(self):
        random = np.random.default_rng(4)
        tensors = {}
        for index, (rows, columns, decay) in enumerate([(24, 30, 0.5), (40, 16, 0.9), (20, 20, 0.99)]):
            left, _ = np.linalg.qr(random.standard_normal((rows, min(rows, columns))))
            right, _ = np.linalg.qr(random.standard_normal((columns, min(rows, columns))))
            values = (index + 1) * decay ** np.arange(min(rows, columns))
            tensors[f"m{index}"] = ((left * values) @ right.T).astype(np.float32)
        costs = [sum(tensor.shape) for tensor in tensors.values()]
        squares = [np.linalg.svd(t.astype(np.float64), compute_uv=False) ** 2 for t in tensors.values()]
        # The squared error of each matrix at each rank that makes it smaller.
        errors = [
            np.array([np.sum(s[rank:]) for rank in range((t.size - 1) // sum(t.shape) + 1)])
            for s, t in zip(squares, tensors.values())
        ]
        weights = sum(tensor.size for tensor in tensors.values())
        seen = set()
        for share in (0.05, 0.1, 0.2, 0.35, 0.5, 0.8):
            chain = [{"factorize": {"budget": {"share": share}, "factors": "f32"}}]
            found = rust_compress.changed(PROGRAM, tensors, {"rules": [{"match": {"name": "m*"}, "chain": chain}]})
            ranks = tuple(int(np.linalg.matrix_rank(found[name], tol=1e-4)) for name in tensors)
            size = sum(rank * cost for rank, cost in zip(ranks, costs))
            self.assertLessEqual(size, share * weights)
            full = all(rank + 1 == len(error) for rank, error in zip(ranks, errors))
            self.assertTrue(full or size + max(costs) > share * weights, ranks)
            best = min(
                sum(error[rank] for error, rank in zip(errors, choice))
                for choice in itertools.product(*(range(len(error)) for error in errors))
                if sum(rank * cost for rank, cost in zip(choice, costs)) <= size
            )
            self.assertLessEqual(squared_error(tensors, found), best * (1 + 1e-5) + 1e-9, ranks)
            seen.add(ranks)
        self.assertGreaterEqual(len(seen), 5)

    def test_a_shared_codebook_has_the_least_error_there_is(self):
        """Against the plain dynamic programme over all cuts of the weights of all tensors."""
        shapes = [(16, 16), (20, 13), (17, 18)]
        tensors = {f"m{i}": bell(*shape, seed=i) * np.float32(i + 1) for i, shape in enumerate(shapes)}
        values = np.sort(np.concatenate([t.ravel() for t in tensors.values()])).astype(np.float64)
        first, second = (np.concatenate([[0], np.cumsum(v)]) for v in (values, values**2))
        count = np.arange(len(values) + 1)
        with np.errstate(all="ignore"):
            width = count[None, :] - count[:, None]
            cost = second[None, :] - second[:, None] - (first[None, :] - first[:, None]) ** 2 / width
        cost = np.where(width > 0, cost, np.inf)
        for clusters in (2, 7, 16):
            least = cost[0]
            for _ in range(clusters - 1):
                least = np.min(least[:, None] + cost, 0)
            chain = [{"cluster": {"clusters": clusters, "shared": True}}]
            found = rust_compress.changed(PROGRAM, tensors, {"rules": [{"match": {"name": "m*"}, "chain": chain}]})
            self.assertEqual(len(np.unique(np.concatenate([t.ravel() for t in found.values()]))), clusters)
            self.assertAlmostEqual(squared_error(tensors, found) / least[-1], 1, delta=1e-6)


if __name__ == "__main__":
    unittest.main()
