"""Applies steps of recipes by the Rust code: builds and runs the example `apply_step`."""

import json
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


@dataclass
class Answer:
    """What a step made of some weights."""

    weights: np.ndarray
    codes: np.ndarray | None = None
    scales: np.ndarray | None = None
    zeros: np.ndarray | None = None
    table: np.ndarray | None = None
    min: int | None = None
    group: int | None = None
    error: str | None = None

    def levels(self):
        if self.table is not None:
            return self.table[self.codes]
        return (self.codes.astype(np.int64) + self.min).astype(np.float32)


def build():
    """The program, or None where there is no cargo."""
    return example("tensorpress-transforms", "apply_step")


def example(package, name):
    """Builds a package's example; its path, or None where there is no cargo."""
    if not shutil.which("cargo"):
        return None
    command = ["cargo", "build", "--quiet", "--package", package, "--example", name]
    subprocess.run(command, cwd=ROOT, check=True, timeout=600)
    target = os.environ.get("CARGO_TARGET_DIR") or os.path.join(ROOT, "target")
    return os.path.join(target, "debug", "examples", name + (".exe" if os.name == "nt" else ""))


def apply(program, cases):
    """Applies (step, weights, axis) each by itself; all in one process."""
    sent = bytearray()
    for step, weights, axis in cases:
        header = json.dumps({"step": step, "shape": list(weights.shape), "axis": axis}).encode()
        sent += struct.pack("<I", len(header)) + header + weights.astype("<f4").tobytes()
    received = subprocess.run([program], input=bytes(sent), stdout=subprocess.PIPE, check=True, timeout=600).stdout
    answers, at = [], 0
    for _, weights, _ in cases:
        (length,) = struct.unpack_from("<I", received, at)
        fields = json.loads(received[at + 4 : at + 4 + length])
        at += 4 + length
        answer = Answer(np.frombuffer(received, "<f4", weights.size, at).reshape(weights.shape))
        at += 4 * weights.size
        for name in ("scales", "zeros", "table"):
            if fields.get(name) is not None:
                setattr(answer, name, np.array(fields[name], np.float64).astype(np.float32))
        answer.error, answer.min, answer.group = (fields.get(name) for name in ("error", "min", "group"))
        if answer.scales is not None:
            answer.codes = np.frombuffer(received, "<u2", weights.size, at).reshape(weights.shape)
            at += 2 * weights.size
        answers.append(answer)
    return answers
