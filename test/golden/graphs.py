# Golden values of small networks: `/usr/bin/python3 test/golden/graphs.py` writes graphs.json beside it (PyTorch 1.13, float64).
from pathlib import Path

import meaning
from table import Table, constant, node, x

BATCH_NORM = dict(epsilon=1e-5, momentum=0.1)
WINDOW = dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1])
HALVING = dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])

everything = {**meaning.ONNX, **meaning.TRAINING}
table = Table(everything, everything)


def norm(name, channels):
    """The weights of a batch normalization, far enough from trivial; its statistics last."""
    return {
        f"{name}.weight": x(channels, low=0.5, high=1.5),
        f"{name}.bias": x(channels),
        f"{name}.mean": x(channels),
        f"{name}.var": x(channels, low=0.5, high=2.0),
    }


def parameters(name):
    return f"{name}.weight {name}.bias {name}.mean {name}.var"


def on_batch(name, source, target):
    made = f"{target} {name}.nextMean {name}.nextVar {name}.batchMean {name}.inverse"
    return node("BatchNormTraining", f"{source} {parameters(name)}", made, **BATCH_NORM)


def on_running(name, source, target):
    return node("BatchNormalization", f"{source} {parameters(name)}", target, epsilon=1e-5)


HEAD = [
    node("GlobalAveragePool", "features", "pooled"),
    node("Flatten", "pooled", "flat", axis=1),
    node("Gemm", "flat fc.weight fc.bias", "logits", transB=1),
]


def head(channels):
    return {"fc.weight": x(3, channels), "fc.bias": x(3)}


def residual(batch_norm):
    return [
        node("Conv", "image conv1.weight", "a", **HALVING),
        batch_norm("bn1", "a", "b"),
        node("Relu", "b", "c"),
        node("Conv", "c conv2.weight", "d", **WINDOW),
        batch_norm("bn2", "d", "e"),
        node("Conv", "image downsample.weight", "f", kernel_shape=[1, 1], strides=[2, 2]),
        batch_norm("bn3", "f", "g"),
        node("Add", "e g", "h"),
        node("Relu", "h", "features"),
        *HEAD,
    ]


RESIDUAL = {
    "image": x("N", 3, 9, 8),
    "conv1.weight": x(4, 3, 3, 3),
    **norm("bn1", 4),
    "conv2.weight": x(4, 4, 3, 3),
    **norm("bn2", 4),
    "downsample.weight": x(4, 3, 1, 1),
    **norm("bn3", 4),
    **head(4),
}
table.graph(
    "residual block on batch statistics",
    RESIDUAL,
    residual(on_batch),
    "logits bn1.nextMean bn1.nextVar bn2.nextMean bn2.nextVar bn3.nextMean bn3.nextVar",
)
table.graph("residual block on running statistics", RESIDUAL, residual(on_running), "logits")

table.graph(
    "stem",
    {"image": x("N", 3, 19, 22), "conv1.weight": x(4, 3, 7, 7), **norm("bn1", 4), **head(4)},
    [
        node("Conv", "image conv1.weight", "a", kernel_shape=[7, 7], strides=[2, 2], pads=[3, 3, 3, 3]),
        on_batch("bn1", "a", "b"),
        node("Relu", "b", "c"),
        node("MaxPool", "c", "features", **HALVING),
        *HEAD,
    ],
    "logits",
)

table.graph(
    "squeeze and expand, joined",
    {
        "image": x("N", 5, 10, 7),
        "squeeze.weight": x(3, 5, 1, 1),
        "squeeze.bias": x(3),
        "expand1x1.weight": x(4, 3, 1, 1),
        "expand1x1.bias": x(4),
        "expand3x3.weight": x(2, 3, 3, 3),
        "expand3x3.bias": x(2),
        **head(6),
    },
    [
        node("Conv", "image squeeze.weight squeeze.bias", "a", kernel_shape=[1, 1]),
        node("Relu", "a", "b"),
        node("Conv", "b expand1x1.weight expand1x1.bias", "c", kernel_shape=[1, 1]),
        node("Relu", "c", "d"),
        node("Conv", "b expand3x3.weight expand3x3.bias", "e", **WINDOW),
        node("Relu", "e", "f"),
        node("Concat", "d f", "g", axis=1),
        node("MaxPool", "g", "h", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
        node("Dropout", "h", "features"),
        *HEAD,
    ],
    "logits",
)

table.graph(
    "inverted residual, depthwise with Clip",
    {
        "image": x("N", 3, 7, 9),
        "low": constant(0.0),
        "high": constant(1.5),
        "expand.weight": x(6, 3, 1, 1),
        **norm("bn1", 6),
        "depthwise.weight": x(6, 1, 3, 3),
        **norm("bn2", 6),
        "project.weight": x(3, 6, 1, 1),
        **norm("bn3", 3),
        **head(3),
    },
    [
        node("Conv", "image expand.weight", "a", kernel_shape=[1, 1]),
        on_batch("bn1", "a", "b"),
        node("Clip", "b low high", "c"),
        node("Conv", "c depthwise.weight", "d", group=6, **WINDOW),
        on_batch("bn2", "d", "e"),
        node("Clip", "e low high", "f"),
        node("Conv", "f project.weight", "g", kernel_shape=[1, 1]),
        on_batch("bn3", "g", "h"),
        node("Add", "image h", "i"),
        node("Relu", "i", "features"),
        *HEAD,
    ],
    "logits",
)

table.graph(
    "gate a channel",
    {"image": x("N", 4, 5, 6), "conv.weight": x(4, 4, 3, 3), "gate.weight": x(4, 4, 1, 1), "gate.bias": x(4), **head(4)},
    [
        node("Conv", "image conv.weight", "a", **WINDOW),
        node("GlobalAveragePool", "a", "b"),
        node("Conv", "b gate.weight gate.bias", "c", kernel_shape=[1, 1]),
        node("Sigmoid", "c", "d"),
        node("Mul", "a d", "features"),
        *HEAD,
    ],
    "logits",
)

table.graph(
    "values used several times",
    {"a": x("N", 4), "b": x(4, 4)},
    [
        node("MatMul", "a b", "c"),
        node("Mul", "c c", "d"),
        node("Add", "d c", "e"),
        node("MatMul", "e b", "f"),
        node("Sum", "f f c a", "y"),
        node("Sub", "y y", "zero"),
    ],
    "y c zero",
)

table.write(Path(__file__).with_suffix(".json"))
