"""Reads every golden archive with the second reader, and one with the safetensors package."""

import hashlib
import json
import os
import random
import unittest

import numpy as np
import safetensors

from tpress_reader import BLOCK_KINDS, PLANE_KINDS, Archive
from xxh3 import xxh3_64, xxh3_128

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "v1")


def read(name):
    with open(os.path.join(GOLDEN, name), "rb") as file:
        return file.read()


def expected():
    return json.loads(read("expected.json"))


class Golden(unittest.TestCase):
    def test_every_archive_restores_its_files(self):
        archives = expected()
        self.assertEqual(sorted(archives), sorted(n for n in os.listdir(GOLDEN) if n.endswith(".tpress")))
        for name, files in archives.items():
            with self.subTest(archive=name):
                restored = {path: hashlib.sha256(data).hexdigest() for path, data in Archive(read(name)).restore()}
                self.assertEqual(restored, files)

    def test_tensors_are_those_of_the_restored_files(self):
        shared = 0
        for name in expected():
            archive = Archive(read(name))
            files = [data for _, data in archive.restore()]
            originals = {}
            for index, (file, data) in enumerate(zip(archive.files, files)):
                if file["path"].endswith(".safetensors") and "format" in file:
                    originals[index] = dict(safetensors.deserialize(data))
            for tensor in archive.plan["tensors"]:
                shared += "range" in tensor
                if tensor["file"] in originals:
                    with self.subTest(archive=name, tensor=tensor["name"]):
                        original = originals[tensor["file"]][tensor["name"]]
                        self.assertEqual(archive.tensor(tensor, files), bytes(original["data"]))
                        self.assertEqual(tensor["shape"], original["shape"])
        self.assertGreater(shared, 20)

    def test_every_kind_of_block_and_plane_occurs(self):
        blocks, planes = set(), set()
        for name in expected():
            decoder = Archive(read(name)).decoder
            blocks |= decoder.blocks
            planes |= decoder.planes
        self.assertEqual((blocks, planes), (set(BLOCK_KINDS), set(PLANE_KINDS)))

    def test_a_changed_byte_is_refused(self):
        name = min(expected(), key=lambda name: len(read(name)))
        original, numbers = read(name), random.Random(1)
        for at in numbers.sample(range(len(original)), 150):
            changed = bytearray(original)
            changed[at] ^= 1 << numbers.randrange(8)
            with self.subTest(archive=name, byte=at), self.assertRaises(Exception):
                Archive(bytes(changed)).restore()

    def test_a_shortened_archive_is_refused(self):
        name = min(expected(), key=lambda name: len(read(name)))
        original = read(name)
        for length in range(0, len(original), 41):
            with self.subTest(archive=name, length=length), self.assertRaises(Exception):
                Archive(original[:length]).restore()

    def test_the_safetensors_package_opens_archives(self):
        for name in expected():
            with self.subTest(archive=name):
                entries = Archive(read(name)).entries
                with safetensors.safe_open(os.path.join(GOLDEN, name), framework="numpy") as opened:
                    self.assertEqual(opened.metadata(), {"format": "tensorpress", "version": "1"})
                    self.assertEqual(set(opened.keys()), set(entries))
                    for key, data in entries.items():
                        tensor = opened.get_tensor(key)
                        self.assertEqual((tensor.dtype, tensor.shape), (np.uint8, (len(data),)))
                        self.assertEqual(tensor.tobytes(), data)


class Hashes(unittest.TestCase):
    """Known answers of XXH3 (seed 0) for bytes 0, 1, 2, …, 255, 0, 1, …, one length of each of its cases."""

    KNOWN = {
        0: ("2d06800538d394c2", "99aa06d3014798d86001c324468d497f"),
        1: ("c44bdff4074eecdb", "a6cd5e9392000f6ac44bdff4074eecdb"),
        3: ("5f4299fc161c9cbb", "e3b55f57945a17cf5f4299fc161c9cbb"),
        4: ("60dab036a58211f2", "eb70bf5fc779e9e6a6111d53e80a3db5"),
        8: ("3a1c2d7c85af88f8", "e1e4432a62217fe4cfd50c61c8bb98c1"),
        9: ("e9612598145bb9dc", "16c769d83e4aebce907931979dca3746"),
        16: ("8355e3a6f61770db", "72950631827607e2842812cc870dcae2"),
        17: ("9ef341a99de37328", "685bc458b37d057fc06e233df7729217"),
        64: ("6187eb9089b0ed55", "9c6e140a465545e590c1971ddb04ce74"),
        128: ("85c6174c7ff4c46b", "14792fc3af88dc6c05321a0b64d67b41"),
        129: ("ec7642b431ba3e5a", "dd5e74ac6b45f54ebc30b63382b09a3b"),
        200: ("f42a8864feaf0703", "cb0395310643ba0edd97e9af3609d9f5"),
        240: ("375a384d957fe865", "65b5be86da5540e7c92b68e16f83bbb6"),
        241: ("02e8cd95421c6d02", "1da1cb61bcb8a2a102e8cd95421c6d02"),
        1024: ("a870f92984398d22", "83885e853bb6640ca870f92984398d22"),
        1025: ("78c86e91ee939852", "e1e508f110763b4678c86e91ee939852"),
        5000: ("1b74bda2c82a8c7a", "7a681524919c28221b74bda2c82a8c7a"),
    }

    def test_known_answers(self):
        for length, (short, long) in self.KNOWN.items():
            data = bytes(i & 255 for i in range(length))
            self.assertEqual((xxh3_64(data), xxh3_128(data)), (int(short, 16), int(long, 16)), length)
