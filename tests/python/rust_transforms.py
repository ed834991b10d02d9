"""Applies chains of transforms by the Rust code: builds and runs the program in tests/transforms."""

import json
import os
import shutil
import subprocess
import tempfile

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def build():
    """The program, or None where there is no cargo."""
    if not shutil.which("cargo"):
        return None
    target = os.path.join(os.environ.get("CARGO_TARGET_DIR") or os.path.join(ROOT, "target"), "transforms-native")
    manifest = os.path.join(ROOT, "tests", "transforms", "Cargo.toml")
    command = ["cargo", "build", "--quiet", "--locked", "--manifest-path", manifest]
    subprocess.run(command, env={**os.environ, "CARGO_TARGET_DIR": target}, check=True, timeout=600)
    return os.path.join(target, "debug", "transform" + (".exe" if os.name == "nt" else ""))


def apply(program, chain, weights, axis=0, threshold=None):
    """What the chain makes of an array: the array, and the program's report."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("in.f32", "out.f32")]
        weights.astype("<f4").tofile(paths[0])
        task = {"chain": chain, "shape": list(weights.shape), "axis": axis, "threshold": threshold}
        line = json.dumps({"task": task, "input": paths[0], "output": paths[1]}) + "\n"
        answer = subprocess.run([program], input=line, stdout=subprocess.PIPE, check=True, text=True, timeout=600)
        report = json.loads(answer.stdout)
        if "error" in report:
            raise ValueError(report["error"])
        return np.fromfile(paths[1], "<f4").reshape(weights.shape), report["ok"]
