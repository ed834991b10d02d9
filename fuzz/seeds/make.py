"""Writes the readers' seed inputs: small valid files of each format, made with the formats' own packages.

    pip install numpy safetensors onnx gguf flatbuffers tflite && python3 make.py

A seed is: for each file u32 length of its name, u32 length of its bytes, name, bytes.
"""

import collections
import io
import json
import os
import pickle
import struct
import sys
import types
import zipfile

import flatbuffers
import gguf
import numpy as np
import onnx
import safetensors.numpy
import tflite
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(1)


def weights(*shape, dtype=np.float32):
    return (rng.standard_normal(shape) * 0.05).astype(dtype)


def seed(target, name, *files):
    os.makedirs(os.path.join(HERE, target), exist_ok=True)
    with open(os.path.join(HERE, target, name), "wb") as out:
        for path, data in files:
            out.write(struct.pack("<II", len(path.encode()), len(data)) + path.encode() + data)


def make_safetensors():
    first = {"a.weight": weights(24, 32), "a.bias": weights(32), "empty": np.zeros((0, 4), np.float32)}
    second = {"b.half": weights(30, 40, dtype=np.float16), "b.ids": np.arange(9), "b.flag": np.array([True, False])}
    one, two = safetensors.numpy.save(first, {"format": "pt"}), safetensors.numpy.save(second)
    seed("safetensors", "floats", ("model.safetensors", one))
    seed("safetensors", "mixed", ("model.safetensors", two))
    parts = {"model-1-of-2.safetensors": (first, one), "model-2-of-2.safetensors": (second, two)}
    index = {"metadata": {"total_size": 5632}, "weight_map": {k: f for f, (t, _) in parts.items() for k in t}}
    shards = [(name, data) for name, (_, data) in parts.items()]
    seed("index", "sharded", ("model.safetensors.index.json", json.dumps(index).encode()), *shards)


def make_onnx():
    typed = [
        helper.make_tensor("floats", TensorProto.FLOAT, [8], [float(i) for i in range(8)]),
        helper.make_tensor("doubles", TensorProto.DOUBLE, [4], [0.5] * 4),
        helper.make_tensor("ints", TensorProto.INT32, [5], [1, -2, 300, 70000, 5]),
        helper.make_tensor("longs", TensorProto.INT64, [3], [1, -1, 1 << 40]),
        helper.make_tensor("bytes", TensorProto.UINT8, [4], [1, 2, 3, 200]),
        helper.make_tensor("halves", TensorProto.FLOAT16, [4], [0.5, 1.0, 2.0, -1.0]),
        helper.make_tensor("nibbles", TensorProto.INT4, [4], [1, -2, 3, -4]),
        helper.make_tensor("words", TensorProto.STRING, [2], [b"x", b"yz"]),
    ]
    raw = [numpy_helper.from_array(weights(16, 24), "raw"), numpy_helper.from_array(weights(512).astype(np.float16), "raw16")]
    sparse = helper.make_sparse_tensor(
        helper.make_tensor("sparse", TensorProto.FLOAT, [3], [1.0, 2.0, 3.0]),
        helper.make_tensor("sparse_indices", TensorProto.INT64, [3], [1, 5, 7]),
        [16],
    )

    def output(name):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)

    def constant(name):
        return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(weights(64), name + "_value"))

    then = helper.make_graph([constant("t")], "then", [], [output("t")])
    other = helper.make_graph([constant("e")], "else", [], [output("e")])
    condition = helper.make_tensor_value_info("c", TensorProto.BOOL, [])
    nodes = [helper.make_node("If", ["c"], ["y"], then_branch=then, else_branch=other), constant("z")]
    graph = helper.make_graph(nodes, "g", [condition], [output("y")], typed + raw, sparse_initializer=[sparse])
    function = helper.make_function("local", "f", [], ["z"], [constant("z")], [helper.make_opsetid("", 19)])
    model = helper.make_model(graph, functions=[function], opset_imports=[helper.make_opsetid("", 19)])
    seed("onnx", "everything", ("model.onnx", model.SerializeToString()))

    data = weights(600).tobytes()
    outside = TensorProto(name="outside", data_type=TensorProto.FLOAT, dims=[300], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "weights.bin"), ("offset", "64"), ("length", "1200")):
        outside.external_data.add(key=key, value=value)
    graph = helper.make_graph([helper.make_node("Identity", ["outside"], ["y"])], "g", [], [output("y")], [outside])
    model = helper.make_model(graph)
    seed("onnx", "external", ("model.onnx", model.SerializeToString()), ("weights.bin", data))


def make_onnx_types():
    """Every element type, and every kind of constant."""
    types = [kind for _, kind in TensorProto.DataType.items() if kind not in (TensorProto.UNDEFINED, TensorProto.STRING)]
    tensors = [
        numpy_helper.from_array(
            (np.arange(10) % 2).astype(helper.tensor_dtype_to_np_dtype(kind)).reshape(2, 5), TensorProto.DataType.Name(kind)
        )
        for kind in sorted(types)
    ]
    tensors.append(helper.make_tensor("listed", TensorProto.FLOAT6E2M3, [5], [0.5, 1.0, 2.0, -1.0, 7.5]))
    values = np.array([0.5, 1, 2, -1, 28], helper.tensor_dtype_to_np_dtype(TensorProto.FLOAT6E3M2))
    tensors.append(numpy_helper.from_array(values, "packed"))
    sparse = helper.make_sparse_tensor(
        numpy_helper.from_array(np.float32([4, 5])), numpy_helper.from_array(np.int64([0, 6])), [9]
    )
    constants = {
        "float": {"value_float": 1.5},
        "int": {"value_int": -7},
        "string": {"value_string": "word"},
        "floats": {"value_floats": [float(i) for i in range(5)]},
        "ints": {"value_ints": [1, 300, -1]},
        "strings": {"value_strings": ["a", "bc"]},
        "value": {"value": numpy_helper.from_array(np.float32([1, 2, 3]))},
        "sparse": {"sparse_value": sparse},
    }
    nodes = [helper.make_node("Constant", [], [name], **value) for name, value in constants.items()]
    output = helper.make_tensor_value_info("floats", TensorProto.FLOAT, [5])
    model = helper.make_model(helper.make_graph(nodes, "g", [], [output], tensors))
    seed("onnx", "types", ("types.onnx", model.SerializeToString()))


def gguf_file(fill, **options):
    """A GGUF file of what `fill` adds to the writer."""
    path = os.path.join(HERE, "temporary.gguf")
    writer = gguf.GGUFWriter(path, "llama", **options)
    writer.add_block_count(1)
    writer.add_array("tokenizer.ggml.tokens", ["a", "b", "long token"])
    fill(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with open(path, "rb") as file:
        data = file.read()
    os.remove(path)
    return data


def make_gguf_big_endian():
    def fill(writer):
        writer.add_array("n", [1, 2, 300])
        writer.add_custom_alignment(64)
        writer.add_tensor("w", np.arange(12, dtype=np.float32).reshape(3, 4))
        writer.add_tensor("half", np.float16([1, 2, 3, 4, 5]))
        writer.add_tensor("bytes", np.int8([1, -1]))
        blocks = np.arange(2 * 34, dtype=np.uint8).reshape(2, 34)
        writer.add_tensor("q", blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)

    seed("gguf", "big_endian", ("big_endian.gguf", gguf_file(fill, endianess=gguf.GGUFEndian.BIG)))


def make_gguf():
    def build(names, split=None):
        def fill(writer):
            if split:
                writer.add_uint16("split.no", split[0])
                writer.add_uint16("split.count", split[1])
                writer.add_int32("split.tensors.count", 4)
            for name, tensor, kind in names:
                writer.add_tensor(name, tensor, raw_dtype=kind)

        return gguf_file(fill)

    blocks = rng.integers(0, 256, (4, 34 * 2), dtype=np.uint8)
    first = [("blk.0.a", weights(16, 32), None), ("blk.0.b", weights(16, 64, dtype=np.float16), None)]
    second = [("blk.0.q8", blocks, gguf.GGMLQuantizationType.Q8_0), ("blk.0.bias", weights(32), None)]
    seed("gguf", "single", ("model.gguf", build(first + second)))
    seed("gguf", "split", ("m-00001-of-00002.gguf", build(first, (0, 2))), ("m-00002-of-00002.gguf", build(second, (1, 2))))


def npy(array, **options):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, **options)
    return out.getvalue()


def make_numpy():
    seed("npy", "f32", ("a.npy", npy(weights(20, 30))))
    seed("npy", "big_endian", ("a.npy", npy(weights(40).astype(">f4"), version=(2, 0))))
    seed("npy", "fortran", ("a.npy", npy(np.asfortranarray(weights(5, 6, dtype=np.float16)))))
    seed("npy", "structured", ("a.npy", npy(np.zeros(3, [("x", "<f4"), ("y", "<i8")]))))
    for name, save in (("stored", np.savez), ("deflated", np.savez_compressed)):
        out = io.BytesIO()
        save(out, a=weights(16, 20), b=np.arange(40), c=np.zeros(300, np.float32))
        seed("npz", name, ("a.npz", out.getvalue()))


def make_pytorch():
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    sys.modules.update({"torch": torch, "torch._utils": utils})
    for name in ("FloatStorage", "HalfStorage", "BFloat16Storage", "LongStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def rebuild(*arguments):
        pass

    rebuild.__module__, rebuild.__name__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = rebuild

    class Storage:
        def __init__(self, kind, key, array):
            self.kind, self.key, self.array = kind, key, array

    class Tensor:
        def __init__(self, storage, offset, shape, stride):
            self.parts = (storage, offset, shape, stride, False, collections.OrderedDict())

        def __reduce__(self):
            return rebuild, self.parts

    def dump(value, out, legacy=False):
        class Writer(pickle.Pickler):
            def persistent_id(self, item):
                if isinstance(item, Storage):
                    head = ("storage", getattr(torch, item.kind), item.key, "cpu", item.array.size)
                    return head + (None,) if legacy else head

        Writer(out, protocol=2).dump(value)

    storages = [
        Storage("FloatStorage", "0", weights(16 * 24)),
        Storage("HalfStorage", "1", weights(300, dtype=np.float16)),
        Storage("LongStorage", "2", np.arange(12)),
    ]
    state = collections.OrderedDict(
        layer=Tensor(storages[0], 0, (16, 24), (24, 1)),
        turned=Tensor(storages[0], 0, (24, 16), (1, 24)),
        half=Tensor(storages[1], 100, (200,), (1,)),
        ids=Tensor(storages[2], 0, (3, 4), (4, 1)),
    )
    body = io.BytesIO()
    dump({"state_dict": state, "epoch": 3, "name": "x", "rates": [0.1, None, True]}, body)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("m/data.pkl", body.getvalue())
        for storage in storages:
            archive.writestr(f"m/data/{storage.key}", storage.array.tobytes())
        archive.writestr("m/version", "3\n")
        archive.writestr("m/byteorder", "little")
    seed("pytorch", "zip", ("model.pt", out.getvalue()))

    out = io.BytesIO()
    for value in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}):
        pickle.dump(value, out, protocol=2)
    dump(state, out, legacy=True)
    pickle.dump([s.key for s in storages], out, protocol=2)
    for storage in storages:
        out.write(struct.pack("<q", storage.array.size) + storage.array.tobytes())
    seed("pytorch", "legacy", ("model.pth", out.getvalue()))


def make_tflite():
    builder = flatbuffers.Builder(0)

    def vector(start, items):
        start(builder, len(items))
        for item in reversed(items):
            builder.PrependUOffsetTRelative(item)
        return builder.EndVector()

    arrays = [None, weights(16, 32), weights(400, dtype=np.float16), np.arange(-60, 60, dtype=np.int8)]
    buffers = []
    for array in arrays:
        data = builder.CreateByteVector(array.tobytes()) if array is not None else None
        tflite.BufferStart(builder)
        if data is not None:
            tflite.BufferAddData(builder, data)
        buffers.append(tflite.BufferEnd(builder))
    kinds = [tflite.TensorType.FLOAT32, tflite.TensorType.FLOAT32, tflite.TensorType.FLOAT16, tflite.TensorType.INT8]
    tensors = []
    for i, (array, kind) in enumerate(zip(arrays, kinds)):
        name = builder.CreateString(f"tensor{i}")
        shape = builder.CreateNumpyVector(np.array(array.shape if array is not None else [1, 8], np.int32))
        tflite.TensorStart(builder)
        tflite.TensorAddShape(builder, shape)
        tflite.TensorAddType(builder, kind)
        tflite.TensorAddBuffer(builder, i)
        tflite.TensorAddName(builder, name)
        tensors.append(tflite.TensorEnd(builder))
    tensors = vector(tflite.SubGraphStartTensorsVector, tensors)
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, tensors)
    graphs = vector(tflite.ModelStartSubgraphsVector, [tflite.SubGraphEnd(builder)])
    buffers = vector(tflite.ModelStartBuffersVector, buffers)
    description = builder.CreateString("seed")
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddSubgraphs(builder, graphs)
    tflite.ModelAddDescription(builder, description)
    tflite.ModelAddBuffers(builder, buffers)
    builder.Finish(tflite.ModelEnd(builder), b"TFL3")
    seed("tflite", "model", ("model.tflite", bytes(builder.Output())))


def make_tfjs():
    data = weights(300).tobytes() + weights(200, dtype=np.float16).tobytes() + bytes(range(120)) + weights(50).tobytes()
    manifest = [
        {
            "paths": ["group1-shard1of2.bin", "group1-shard2of2.bin"],
            "weights": [
                {"name": "dense/kernel", "shape": [15, 20], "dtype": "float32"},
                {"name": "half", "shape": [200], "dtype": "float32", "quantization": {"dtype": "float16", "original_dtype": "float32"}},
                {"name": "q", "shape": [120], "dtype": "float32", "quantization": {"dtype": "uint8", "min": -1.5, "scale": 0.01}},
                {"name": "last", "shape": [50], "dtype": "float32"},
            ],
        }
    ]
    shards = [("group1-shard1of2.bin", data[:1000]), ("group1-shard2of2.bin", data[1000:])]
    for kind in ("layers-model", "graph-model"):
        model = {"format": kind, "generatedBy": "seed", "modelTopology": {}, "weightsManifest": manifest}
        seed("tfjs", kind, ("model.json", json.dumps(model).encode()), *shards)


if __name__ == "__main__":
    for make in (make_safetensors, make_onnx, make_gguf, make_numpy, make_pytorch, make_tflite, make_tfjs):
        make()
    # Without random numbers, so that they change none of the others.
    make_onnx_types()
    make_gguf_big_endian()
