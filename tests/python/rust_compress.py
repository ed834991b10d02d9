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


def compressed(program, name, model, recipe, folder):
    """The report and the archive of a file, as the second reader has it."""
    output = os.path.join(folder, "model.tpress")
    line = {"files": [[name, model]], "options": {"recipe": recipe}, "output": output}
    sent = json.dumps(line) + "\n"
    answer = subprocess.run([program], input=sent, stdout=subprocess.PIPE, check=True, text=True, timeout=600)
    answer = json.loads(answer.stdout)
    if "error" in answer:
        raise ValueError(answer["error"])
    with open(output, "rb") as file:
        return answer["ok"]["report"], Archive(file.read())


def restored(program, name, model, recipe):
    """The report of a file, and what a recipe makes of it."""
    with tempfile.TemporaryDirectory() as folder:
        report, archive = compressed(program, name, model, recipe, folder)
    return report, archive.restore()


def changed(program, tensors, recipe):
    """What a recipe makes of fp32 arrays, by name, as the second reader has it from the archive."""
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.safetensors")
        save_file(tensors, model)
        _, archive = compressed(program, "model.safetensors", model, recipe, folder)
    files = [data for _, data in archive.restore()]
    arrays = ((tensor["name"], archive.tensor(tensor, files)) for tensor in archive.plan["tensors"])
    return {name: np.frombuffer(data, "<f4").reshape(tensors[name].shape) for name, data in arrays}
