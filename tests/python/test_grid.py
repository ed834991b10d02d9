"""Reads every golden grid with the second reader."""

import hashlib
import json
import os
import random
import unittest

from tpress_grid import grid
from tpress_planes import Cursor
from tpress_reader import Decoder

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "grid")


def read(name):
    with open(os.path.join(GOLDEN, name), "rb") as file:
        return file.read()


def decode(payload, elements):
    return grid(Cursor(payload), elements, Decoder().plane)


class Grids(unittest.TestCase):
    def test_every_grid_is_decoded(self):
        expected = json.loads(read("expected.json"))
        self.assertEqual(sorted(expected), sorted(n for n in os.listdir(GOLDEN) if n.endswith(".grid")))
        for name, wanted in expected.items():
            with self.subTest(grid=name):
                codes, weights = decode(read(name), wanted["elements"])
                self.assertEqual(hashlib.sha256(codes.astype("<i2").tobytes()).hexdigest(), wanted["codes"])
                self.assertEqual(hashlib.sha256(weights.astype("<f4").tobytes()).hexdigest(), wanted["weights"])

    def test_a_shortened_grid_is_refused(self):
        payload = read("one-lane.grid")
        for length in range(len(payload)):
            with self.subTest(length=length), self.assertRaises(Exception):
                decode(payload[:length], 160)

    def test_a_changed_grid_is_refused_or_decoded(self):
        payload, numbers = read("one-lane.grid"), random.Random(1)
        for at in range(8 * len(payload)):
            changed = bytearray(payload)
            changed[at // 8] ^= 1 << at % 8
            try:
                codes, weights = decode(bytes(changed), 160)
            except Exception as error:
                self.assertNotIsInstance(error, (IndexError, MemoryError, OverflowError), at)
            else:
                self.assertEqual((len(codes), len(weights)), (160, 160))
        self.assertRaises(Exception, decode, numbers.randbytes(100), 160)


