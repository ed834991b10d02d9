"""Compares the GGUF reader's list of types with the gguf package."""

import json
import os
import unittest

import gguf

LIST = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), *"../../crates/formats/tests/fixtures/ggml_types.json".split("/")
)
# Where the package is behind ggml, whose block of Q8_1 holds two fp16 and 32 bytes.
STALE = {"Q8_1": (32, 40)}


class Types(unittest.TestCase):
    def test_every_type_has_the_block_that_the_package_says(self):
        with open(LIST, encoding="utf-8") as file:
            known = json.load(file)
        for kind, (elements, size) in gguf.GGML_QUANT_SIZES.items():
            with self.subTest(type=kind.name):
                listed = known[kind.name]
                self.assertEqual(listed["type"], int(kind))
                self.assertEqual(STALE.get(kind.name, (listed["elements"], listed["bytes"])), (elements, size))

    def test_the_package_has_no_type_that_the_list_lacks(self):
        with open(LIST, encoding="utf-8") as file:
            known = json.load(file)
        self.assertEqual([kind.name for kind in gguf.GGMLQuantizationType if kind.name not in known], [])
