"""Compresses by the Rust code: builds and runs the engine's example `compress`."""

import json
import os
import subprocess
import tempfile

import numpy as np
from rust_steps import example
from safetensors.numpy import save_file
from tpress_reader import Archive


def build():
    """The program, or None where there is no cargo."""
    return example("tensorpress-engine", "compress")


def changed(program, tensors, recipe):
    """What a recipe makes of fp32 arrays, by name, as the second reader has it from the archive."""
    with tempfile.TemporaryDirectory() as folder:
        model, output = (os.path.join(folder, name) for name in ("model.safetensors", "model.tpress"))
        save_file(tensors, model)
        line = {"files": [["model.safetensors", model]], "options": {"recipe": recipe}, "output": output}
        sent = json.dumps(line) + "\n"
        answer = subprocess.run([program], input=sent, stdout=subprocess.PIPE, check=True, text=True, timeout=600)
        report = json.loads(answer.stdout)
        if "error" in report:
            raise ValueError(report["error"])
        with open(output, "rb") as file:
            archive = Archive(file.read())
    files = [data for _, data in archive.restore()]
    arrays = ((tensor["name"], archive.tensor(tensor, files)) for tensor in archive.plan["tensors"])
    return {name: np.frombuffer(data, "<f4").reshape(tensors[name].shape) for name, data in arrays}
