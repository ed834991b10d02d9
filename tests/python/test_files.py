"""Files whose weights were changed are read by the packages that wrote them."""

import os
import tempfile
import unittest

import numpy as np
import rust_compress

PROGRAM = rust_compress.build()
RECIPE = {"rules": [{"chain": [{"quantize": {"bits": 4}}]}]}


@unittest.skipUnless(PROGRAM, "no cargo")
class Files(unittest.TestCase):
    def changed(self, name, write):
        """An array and the one that is read from the file that `write` made of it, after a recipe."""
        weights = np.random.default_rng(8).standard_normal((90, 70)).astype(np.float32)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            write(path, weights)
            report, [(_, restored)] = rust_compress.restored(PROGRAM, name, path, RECIPE)
            with open(path, "wb") as file:
                file.write(restored)
            loaded = np.load(path)
            return weights, loaded if isinstance(loaded, np.ndarray) else loaded["w"], report["tensors"][0]

    def test_an_array_is_changed(self):
        weights, loaded, _ = self.changed("w.npy", np.save)
        self.assertGreater(np.abs(weights - loaded).max(), 0.01)
        self.assertLess(np.abs(weights - loaded).max(), 0.5)

    def test_an_archive_of_arrays_stays_exact_for_its_checksums(self):
        for save in (np.savez, np.savez_compressed):
            weights, loaded, line = self.changed("w.npz", lambda path, w, save=save: save(path, w=w))
            np.testing.assert_array_equal(weights, loaded)
            self.assertEqual(line["chain"], [])
            self.assertRegex(line["rule"], "checksums" if save is np.savez else "no plain floats")


if __name__ == "__main__":
    unittest.main()
