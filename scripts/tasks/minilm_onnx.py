"""Writes all-MiniLM-L6-v2 as an ONNX model, from its safetensors file.

    minilm_onnx.py model.safetensors config.json model.onnx

Inputs input_ids, attention_mask and token_type_ids (int64, batch x tokens); output last_hidden_state (float32, batch x
tokens x 384). The graph is that of BERT's encoder (Devlin et al., 2018) with the names that transformers.js expects.
"""

import json
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64


class Graph:
    """Nodes and initializers in the order in which they are added; each method gives the name of its result."""

    def __init__(self, weights):
        self.weights, self.nodes, self.initializers, self.known = weights, [], [], set()

    def constant(self, name, array):
        if name not in self.known:
            self.known.add(name)
            self.initializers.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def weight(self, name, transpose=False):
        array = self.weights[name]
        return self.constant(name, array.T if transpose else array)

    def number(self, value):
        return self.constant(f"number_{value:g}", np.float32(value))

    def ints(self, *values):
        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, np.int64))

    def add(self, op, *inputs, **attributes):
        output = f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [output], **attributes))
        return output

    def linear(self, x, name):
        # MatMul wants input x output, where the file has output x input.
        product = self.add("MatMul", x, self.weight(f"{name}.weight", transpose=True))
        return self.add("Add", product, self.weight(f"{name}.bias"))

    def norm(self, x, name, epsilon):
        return self.add(
            "LayerNormalization", x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), axis=-1, epsilon=epsilon
        )

    def gelu(self, x):
        error = self.add("Erf", self.add("Div", x, self.number(np.sqrt(2))))
        half = self.add("Mul", x, self.number(0.5))
        return self.add("Mul", half, self.add("Add", error, self.number(1)))


def attention(graph, x, mask, layer, heads, width):
    def split(name):
        projected = graph.linear(x, f"{layer}.attention.self.{name}")
        shaped = graph.add("Reshape", projected, graph.ints(0, 0, heads, width))
        return graph.add("Transpose", shaped, perm=[0, 2, 3, 1] if name == "key" else [0, 2, 1, 3])

    query, key, value = split("query"), split("key"), split("value")
    scores = graph.add("Div", graph.add("MatMul", query, key), graph.number(np.sqrt(width)))
    shares = graph.add("Softmax", graph.add("Add", scores, mask), axis=-1)
    mixed = graph.add("Transpose", graph.add("MatMul", shares, value), perm=[0, 2, 1, 3])
    return graph.linear(graph.add("Reshape", mixed, graph.ints(0, 0, heads * width)), f"{layer}.attention.output.dense")


def build(weights, config):
    graph = Graph(weights)
    epsilon, heads = config["layer_norm_eps"], config["num_attention_heads"]
    width = config["hidden_size"] // heads
    words = graph.add("Gather", graph.weight("embeddings.word_embeddings.weight"), "input_ids")
    types = graph.add("Gather", graph.weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
    length = graph.add("Gather", graph.add("Shape", "input_ids"), graph.ints(1))
    table = graph.weight("embeddings.position_embeddings.weight")
    positions = graph.add("Slice", table, graph.ints(0), length, graph.ints(0))
    x = graph.add("Add", graph.add("Add", words, types), positions)
    x = graph.norm(x, "embeddings.LayerNorm", epsilon)
    # 0 where a token counts, a large negative number where it does not.
    wide = graph.add("Unsqueeze", graph.add("Cast", "attention_mask", to=FLOAT), graph.ints(1, 2))
    mask = graph.add("Mul", graph.add("Sub", graph.number(1), wide), graph.number(-1e9))
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        mixed = attention(graph, x, mask, layer, heads, width)
        x = graph.norm(graph.add("Add", mixed, x), f"{layer}.attention.output.LayerNorm", epsilon)
        hidden = graph.gelu(graph.linear(x, f"{layer}.intermediate.dense"))
        hidden = graph.linear(hidden, f"{layer}.output.dense")
        x = graph.norm(graph.add("Add", hidden, x), f"{layer}.output.LayerNorm", epsilon)
    graph.nodes.append(helper.make_node("Identity", [x], ["last_hidden_state"]))
    axes = ["batch_size", "sequence_length"]
    inputs = [helper.make_tensor_value_info(n, INT, axes) for n in ("input_ids", "attention_mask", "token_type_ids")]
    output = helper.make_tensor_value_info("last_hidden_state", FLOAT, [*axes, config["hidden_size"]])
    made = helper.make_graph(graph.nodes, "minilm", inputs, [output], graph.initializers)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def main():
    source, config, target = sys.argv[1:]
    weights = load_file(source)
    with open(config, encoding="utf8") as file:
        model = build(weights, json.load(file))
    onnx.checker.check_model(model)
    onnx.save(model, target)


if __name__ == "__main__":
    main()
