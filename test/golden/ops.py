# Golden values of every operator: `/usr/bin/python3 test/golden/ops.py` writes ops.json beside it (PyTorch 1.13, float64).
#
# A new operator is a line in meaning.py and its cases here.
from pathlib import Path

import meaning
from table import Table, bools, constant, given, indices, ints, node, x

DIFFERENTIABLE = set(
    """Conv Gemm MatMul Add Sub Mul Div Sum Neg Sigmoid Relu Clip Identity Dropout MaxPool AveragePool
    GlobalAveragePool BatchNormalization BatchNormTraining Flatten Reshape Squeeze Unsqueeze Transpose Concat
    ReduceMean ReduceSum ReduceSumSquare ReduceMax ReduceMin ReduceL2 Softmax
    Pow Max Min Abs Exp Log Sqrt Reciprocal Tanh Softplus Erf Where Cast
    HardSigmoid HardSwish PRelu LeakyRelu Elu Mish Gelu Swish
    LayerNormalization InstanceNormalization GroupNormalization GlobalMaxPool
    Trilu Expand Tile Pad Slice Split Gather GatherElements Resize Einsum
    """.split()
)
table = Table({**meaning.ONNX, **meaning.TRAINING}, DIFFERENTIABLE)
one = table.one

# Convolutions: (note, X, W's shape, bias, attributes), each forward and both ways back.
CONVOLUTIONS = [
    ("1x1", ["N", 5, 4, 3], [6, 5, 1, 1], True, dict(kernel_shape=[1, 1])),
    ("1x1 stride 2", ["N", 3, 7, 6], [4, 3, 1, 1], False, dict(kernel_shape=[1, 1], strides=[2, 2])),
    ("1x1 strides 3 and 2", ["N", 3, 8, 6], [2, 3, 1, 1], False, dict(kernel_shape=[1, 1], strides=[3, 2])),
    ("1x1 padded", ["N", 2, 3, 4], [3, 2, 1, 1], True, dict(kernel_shape=[1, 1], pads=[1, 0, 0, 2])),
    ("3x3 padded 1", ["N", 3, 7, 6], [4, 3, 3, 3], True, dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1])),
    ("3x3 unpadded", ["N", 3, 7, 6], [2, 3, 3, 3], False, dict(kernel_shape=[3, 3])),
    (
        "3x3 stride 2, odd size",
        ["N", 3, 7, 9],
        [4, 3, 3, 3],
        False,
        dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    ),
    (
        "3x3 stride 2, even size",
        ["N", 3, 8, 6],
        [4, 3, 3, 3],
        False,
        dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    ),
    (
        "3x3 stride 2 unpadded, a row and a column unused",
        ["N", 3, 8, 8],
        [2, 3, 3, 3],
        True,
        dict(kernel_shape=[3, 3], strides=[2, 2]),
    ),
    (
        "3x3 stride 2, uneven pads",
        ["N", 2, 6, 7],
        [3, 2, 3, 3],
        True,
        dict(kernel_shape=[3, 3], strides=[2, 2], pads=[0, 1, 1, 2]),
    ),
    ("3x3 stride 3", ["N", 2, 8, 10], [3, 2, 3, 3], False, dict(kernel_shape=[3, 3], strides=[3, 3], pads=[1, 1, 1, 1])),
    ("3x3 strides 1 and 2", ["N", 2, 5, 6], [3, 2, 3, 3], False, dict(kernel_shape=[3, 3], strides=[1, 2], pads=[1, 1, 1, 1])),
    ("3x3 dilation 2", ["N", 3, 8, 7], [2, 3, 3, 3], True, dict(kernel_shape=[3, 3], dilations=[2, 2], pads=[2, 2, 2, 2])),
    (
        "3x3 dilation 2, stride 2",
        ["N", 2, 9, 8],
        [3, 2, 3, 3],
        False,
        dict(kernel_shape=[3, 3], dilations=[2, 2], strides=[2, 2], pads=[2, 1, 2, 1]),
    ),
    ("5x3 with dilations 1 and 2", ["N", 2, 8, 9], [3, 2, 5, 3], False, dict(kernel_shape=[5, 3], dilations=[1, 2], pads=[2, 0, 1, 3])),
    ("5x5 stride 2", ["N", 2, 11, 8], [3, 2, 5, 5], False, dict(kernel_shape=[5, 5], strides=[2, 2], pads=[2, 2, 2, 2])),
    ("7x7 stride 2", ["N", 3, 13, 14], [4, 3, 7, 7], False, dict(kernel_shape=[7, 7], strides=[2, 2], pads=[3, 3, 3, 3])),
    ("2x2 stride 2", ["N", 3, 6, 7], [4, 3, 2, 2], False, dict(kernel_shape=[2, 2], strides=[2, 2])),
    ("1x3 stride 4", ["N", 2, 5, 11], [3, 2, 1, 3], False, dict(kernel_shape=[1, 3], strides=[1, 4], pads=[0, 1, 0, 1])),
    ("kernel as large as the input", ["N", 3, 4, 5], [2, 3, 4, 5], False, dict(kernel_shape=[4, 5])),
    ("padded beyond the kernel's reach", ["N", 2, 3, 3], [2, 2, 3, 3], False, dict(kernel_shape=[3, 3], pads=[3, 4, 3, 3])),
    ("3x3, many channels", ["N", 20, 4, 5], [3, 20, 3, 3], False, dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1])),
    (
        "3x3 stride 2, many channels",
        ["N", 17, 6, 5],
        [18, 17, 3, 3],
        False,
        dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    ),
    ("1x1 stride 2, many channels", ["N", 16, 5, 6], [3, 16, 1, 1], False, dict(kernel_shape=[1, 1], strides=[2, 2])),
    ("3x3 in 2 groups", ["N", 4, 6, 5], [6, 2, 3, 3], True, dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1], group=2)),
    (
        "3x3 in 2 groups, stride 2",
        ["N", 6, 7, 6],
        [4, 3, 3, 3],
        False,
        dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], group=2),
    ),
    ("1x1 in 3 groups", ["N", 6, 3, 4], [3, 2, 1, 1], False, dict(kernel_shape=[1, 1], group=3)),
    ("3x3 depthwise", ["N", 5, 6, 7], [5, 1, 3, 3], True, dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1], group=5)),
    (
        "3x3 depthwise, stride 2, odd size",
        ["N", 4, 7, 9],
        [4, 1, 3, 3],
        False,
        dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], group=4),
    ),
    (
        "3x3 depthwise, stride 2, even size",
        ["N", 4, 8, 6],
        [4, 1, 3, 3],
        False,
        dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], group=4),
    ),
    (
        "5x5 depthwise, dilation 2",
        ["N", 3, 9, 10],
        [3, 1, 5, 5],
        False,
        dict(kernel_shape=[5, 5], dilations=[2, 2], pads=[4, 4, 4, 4], group=3),
    ),
    (
        "3x3 depthwise, two kernels a channel",
        ["N", 3, 6, 5],
        [6, 1, 3, 3],
        True,
        dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1], group=3),
    ),
]
for note, image, weight, bias, attributes in CONVOLUTIONS:
    whole = {"strides": [1, 1], "pads": [0, 0, 0, 0], "dilations": [1, 1], "group": 1, **attributes}
    one("Conv", note, x(*image), x(*weight), *([x(weight[0])] if bias else []), **attributes)
    size = [
        (image[i + 2] + whole["pads"][i] + whole["pads"][i + 2] - whole["dilations"][i] * (weight[i + 2] - 1) - 1)
        // whole["strides"][i]
        + 1
        for i in (0, 1)
    ]
    dy = x("N", weight[0], *size)
    one("ConvInputGradient", note, dy, x(*weight), x(*image), **whole)
    one("ConvWeightGradient", note, dy, x(*image), x(*weight), **whole)
one("Conv", "no attributes", x("N", 2, 4, 4), x(3, 2, 2, 3))

# Matrices.
one("Gemm", "plain", x("N", 5), x(5, 3))
one("Gemm", "a linear layer", x("N", 5), x(3, 5), x(3), transB=1)
one("Gemm", "A transposed", x(5, 4), x(5, 3), transA=1)
one("Gemm", "both transposed, alpha", x(5, 4), x(3, 5), transA=1, transB=1, alpha=0.75)
one("Gemm", "alpha, beta and a scalar C", x("N", 4), x(4, 3), x(), alpha=1.5, beta=-0.5)
one("Gemm", "beta and a column C", x(4, 2), x(2, 3), x(4, 1), beta=0.25)
one("Gemm", "a whole C", x(4, 2), x(2, 3), x(4, 3))
one("MatMul", "matrices", x("N", 4), x(4, 3))
one("MatMul", "a stack with one matrix", x("N", 3, 4, 5), x(5, 2))
one("MatMul", "two stacks", x("N", 3, 2, 4), x("N", 3, 4, 5))
one("MatMul", "broadcast stacks", x("N", 1, 2, 4), x(3, 4, 5))

# Element by element.
one("Add", "same shapes", x("N", 3, 2, 4), x("N", 3, 2, 4))
one("Add", "a bias a channel", x("N", 3, 2, 4), x(3, 1, 1))
one("Add", "integers", given([1, 2, 3], "int64"), constant([10, 20, 30], "int64"))
one("Sub", "same shapes", x("N", 4), x("N", 4))
one("Sub", "broadcast both ways", x("N", 3, 1), x(1, 4))
one("Mul", "same shapes", x("N", 4), x("N", 4))
one("Mul", "a gate a channel", x("N", 3, 2, 4), x("N", 3, 1, 1))
one("Mul", "a scalar", x("N", 4), x())
one("Div", "same shapes", x("N", 4), x("N", 4, low=0.5, high=2.0))
one("Div", "a row by a column", x(4), x("N", 1, low=0.5, high=2.0))
one("Div", "integers", given([7, -7, 9], "int64"), constant([2, 2, -3], "int64"))
one("Pow", "broadcast", x("N", 4, low=0.5, high=2.0), x(4))
one("Sum", "one", x("N", 4))
one("Sum", "three, broadcast", x("N", 3, 4), x(4), x(3, 1))
one("Max", "two", x("N", 4), x("N", 4))
one("Max", "three, broadcast", x("N", 3, 4), x(4), x(3, 1))
one("Min", "two", x("N", 4), x("N", 4))
one("Min", "three, broadcast", x("N", 3, 4), x(4), x(3, 1))
one("Pow", "a square", x("N", 4), constant(2.0))
one("Pow", "a cube", x("N", 4), constant(3.0))
one("Mod", "integers", given([7, -7, 9, -9], "int64"), constant([2, 2, -4, -4], "int64"))
FUNCTIONS = "Neg Abs Exp Identity Dropout Sigmoid Softplus Relu Tanh Erf Sign Floor Ceil HardSwish LeakyRelu Elu Mish Gelu Swish"
for op in FUNCTIONS.split():
    one(op, "plain", x("N", 3, 5, low=-3.0, high=3.0))
for op in ("Log", "Sqrt", "Reciprocal"):
    one(op, "plain", x("N", 3, 5, low=0.25, high=4.0))
one("Sigmoid", "far out", given([-80.0, -40.0, -20.0, 0.0, 20.0, 40.0, 80.0]))
one("Softplus", "far out", given([-80.0, -40.0, -20.0, 0.0, 20.0, 40.0, 80.0]))
one("Erf", "far out", given([-6.0, -3.0, -1.0, -(2**-13), 0.0, 0.4990234375, 0.5, 2.0, 4.0, 9.0]))
one("Round", "halves go to even", given([-1.5, -0.5, 0.5, 1.5, 2.5, 0.375, 2.625]))
one("Gelu", "approximated", x("N", 3, 5, low=-3.0, high=3.0), approximate="tanh")
one("Swish", "alpha", x("N", 3, 5, low=-3.0, high=3.0), alpha=1.5)
one("LeakyRelu", "a slope", x("N", 7, low=-3.0, high=3.0), alpha=0.2)
one("PRelu", "a slope a channel", x("N", 3, 2, 4), x(3, 1, 1))
one("PRelu", "one slope", x("N", 5), x(1))
one("Elu", "alpha", x("N", 7, low=-3.0, high=3.0), alpha=0.7)
one("Relu", "around zero", given([-1.0, -0.0, 0.0, 1e-30, 1.0]))
one("Clip", "to 0 … 6", x("N", 3, 4, low=-4.0, high=10.0), constant(0.0), constant(6.0))
one("Clip", "only a minimum", x("N", 7), constant(-0.25))
one("Clip", "only a maximum", x("N", 7), None, constant(0.25))
one("Clip", "no bound", x("N", 7))
one("HardSigmoid", "plain", x("N", 7, low=-4.0, high=4.0))
one("HardSigmoid", "alpha and beta", x("N", 7, low=-4.0, high=4.0), alpha=1 / 6, beta=0.5)
one("HardSigmoid", "a step", x("N", 7), alpha=3e38, beta=0.0)
one("Cast", "to int64", x("N", 7, low=-9.0, high=9.0), to=7)
one("Cast", "of float to float", x("N", 4), to=1)
one("Cast", "to bool", given([0.0, 0.5, -3.0]), to=9)
one("Cast", "of bool", bools("N", 4), to=1)
one("Cast", "of int64", indices("N", 4, below=100), to=1)
one("Cast", "of uint8", given([0, 127, 255], "uint8"), to=1)
COMPARED = (given([1.0, 2.0, 3.0, -0.0]), given([2.0, 2.0, -3.0, 0.0]))
for op in ("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"):
    one(op, "with a tie", *COMPARED)
    one(op, "broadcast", x("N", 3, 4), x(3, 1))
one("Equal", "integers", given([1, 2, 3], "int64"), constant([1, 5, 3], "int64"))
one("And", "broadcast", bools("N", 4), bools(4))
one("Or", "broadcast", bools("N", 4), bools(4))
one("Not", "plain", bools("N", 4))
one("Where", "same shapes", bools("N", 4), x("N", 4), x("N", 4))
one("Where", "broadcast", bools("N", 1, 4), x(3, 1), x())

# Pools.
one("MaxPool", "2x2", x("N", 3, 6, 8), kernel_shape=[2, 2], strides=[2, 2], outputs=2)
one("MaxPool", "3x3 stride 2 padded", x("N", 3, 7, 9), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], outputs=2)
one("MaxPool", "3x3 stride 2, ceil", x("N", 2, 8, 7), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, outputs=2)
one(
    "MaxPool",
    "2x2 stride 2 padded, ceil would begin in the padding",
    x("N", 2, 5, 7),
    kernel_shape=[2, 2],
    strides=[2, 2],
    pads=[1, 1, 1, 1],
    ceil_mode=1,
    outputs=2,
)
one("MaxPool", "3x2, uneven pads", x("N", 2, 6, 5), kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 2, 1], outputs=2)
one("MaxPool", "dilation 2", x("N", 2, 8, 7), kernel_shape=[3, 3], dilations=[2, 2], outputs=2)
one("MaxPool", "3x3, stride 1, windows that overlap", x("N", 2, 5, 4), kernel_shape=[3, 3], pads=[1, 1, 1, 1], outputs=2)
one("MaxPool", "equal maxima", given([[[[1.0, 1.0], [1.0, 1.0]]]]), kernel_shape=[2, 2], outputs=2)
one("AveragePool", "2x2", x("N", 3, 6, 8), kernel_shape=[2, 2], strides=[2, 2])
one("AveragePool", "3x3 padded", x("N", 2, 7, 6), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
one("AveragePool", "3x3 padded, pads counted", x("N", 2, 7, 6), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
one("AveragePool", "3x2, uneven pads", x("N", 2, 6, 5), kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 2, 1])
one("AveragePool", "3x2, uneven pads, counted", x("N", 2, 6, 5), kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 2, 1], count_include_pad=1)
one("AveragePool", "3x3, ceil", x("N", 2, 8, 6), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
one("AveragePool", "3x3 padded, ceil", x("N", 2, 8, 6), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)
one("AveragePool", "3x3 padded, ceil, pads counted", x("N", 2, 8, 6), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=1)
one("GlobalAveragePool", "plain", x("N", 3, 5, 4))
one("GlobalAveragePool", "one element", x("N", 3, 1, 1))
one("GlobalMaxPool", "plain", x("N", 3, 5, 4))
table.graph(
    "MaxPoolGradient, 3x3 stride 2 padded",
    {"x": x("N", 3, 7, 9), "dy": x("N", 3, 4, 5)},
    [
        node("MaxPool", "x", "y at", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        node("MaxPoolGradient", "dy at x", "dx"),
    ],
    "dx",
)
for note, image, size, attributes in (
    ("2x2", [3, 6, 8], [3, 4], dict(kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0])),
    ("3x3 padded", [2, 7, 6], [4, 3], dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])),
    ("3x3 padded, pads counted", [2, 7, 6], [4, 3], dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)),
    ("3x2, uneven pads", [2, 6, 5], [4, 5], dict(kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 2, 1])),
    ("3x3 padded, ceil", [2, 8, 6], [5, 4], dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)),
):
    whole = {"dilations": [1, 1], "ceil_mode": 0, "count_include_pad": 0, **attributes}
    one("AveragePoolGradient", note, x("N", image[0], *size), x("N", *image), **whole)

# Normalization.
STATISTICS = (x(3, low=0.5, high=1.5), x(3), x(3), x(3, low=0.5, high=2.0))
one("BatchNormalization", "plain", x("N", 3, 4, 5), *STATISTICS)
one("BatchNormalization", "a large epsilon", x("N", 3, 4, 5), *STATISTICS, epsilon=0.01)
one("BatchNormTraining", "plain", x("N", 3, 4, 5), *STATISTICS, epsilon=1e-5, momentum=0.1, outputs=5)
one("BatchNormTraining", "far from zero", x("N", 3, 4, 5, low=9.0, high=11.0), *STATISTICS, epsilon=1e-3, momentum=0.25, outputs=5)
for note, image in (("plain", x("N", 3, 4, 5)), ("far from zero", x("N", 3, 4, 5, low=9.0, high=11.0))):
    table.graph(
        f"BatchNormGradient, {note}",
        {"x": image, "scale": STATISTICS[0], "bias": x(3), "mean": x(3), "var": x(3), "dy": x("N", 3, 4, 5)},
        [
            node("BatchNormTraining", "x scale bias mean var", "y m v batchMean inverse", epsilon=1e-5, momentum=0.1),
            node("BatchNormGradient", "dy x scale batchMean inverse", "dx dscale dbias"),
        ],
        "dx dscale dbias",
    )

one("LayerNormalization", "the last axis", x("N", 3, 5), x(5, low=0.5, high=1.5), x(5))
one("LayerNormalization", "two axes, with statistics", x("N", 3, 4, 5), x(4, 5, low=0.5, high=1.5), x(4, 5), axis=2, epsilon=1e-3, outputs=3)
one("LayerNormalization", "no bias", x("N", 3, 6), x(6), axis=-1, epsilon=1e-6)
one("LayerNormalization", "far from zero", x("N", 3, 8, low=9.0, high=11.0), x(8), x(8))
one("InstanceNormalization", "plain", x("N", 3, 4, 5), x(3, low=0.5, high=1.5), x(3))
one("InstanceNormalization", "of groups", x("N", 2, 12), x(2, low=0.5, high=1.5), x(2), epsilon=1e-3)
one("GroupNormalization", "a scale a channel", x("N", 6, 4, 3), x(6, low=0.5, high=1.5), x(6), num_groups=3)
one("GroupNormalization", "a scale a group", x("N", 6, 4, 3), x(2, low=0.5, high=1.5), x(2), num_groups=2)
for note, image, scale, axis in (("the last axis", ["N", 3, 5], [5], -1), ("two axes", ["N", 2, 3, 4], [3, 4], 2)):
    table.graph(
        f"LayerNormGradient, {note}",
        {"x": x(*image), "scale": x(*scale, low=0.5, high=1.5), "bias": x(*scale), "dy": x(*image)},
        [
            node("LayerNormalization", "x scale bias", "y mean inverse", axis=axis),
            node("LayerNormGradient", "dy x scale mean inverse", "dx dscale dbias", axis=axis),
        ],
        "dx dscale dbias",
    )

# Gradients of activations.
one("GeluGradient", "exact", x("N", 3, 4), x("N", 3, 4, low=-3.0, high=3.0), approximate="none")
one("GeluGradient", "approximated", x("N", 3, 4), x("N", 3, 4, low=-3.0, high=3.0), approximate="tanh")
one("SwishGradient", "plain", x("N", 3, 4), x("N", 3, 4, low=-3.0, high=3.0))
one("SwishGradient", "alpha", x("N", 3, 4), x("N", 3, 4, low=-3.0, high=3.0), alpha=1.5)
for note, axis in (("the last axis", -1), ("a middle axis", 1)):
    table.graph(
        f"SoftmaxGradient, {note}",
        {"x": x("N", 3, 4, low=-3.0, high=3.0), "dy": x("N", 3, 4)},
        [node("Softmax", "x", "y", axis=axis), node("SoftmaxGradient", "dy y", "dx", axis=axis)],
        "dx",
    )
one("GatherGradient", "rows, several times", x(4, 2, 3), given([[1, 4], [0, 1], [-1, 1], [2, 4]], "int64"), x(5, 3), axis=0)
one("GatherGradient", "a middle axis", x("N", 3, 4), constant([2, 0, 2], "int64"), x("N", 5, 4), axis=1)
one("ReluGradient", "plain", x("N", 3, 4), x("N", 3, 4))
one("ReluGradient", "around zero", given([1.0, 2.0, 3.0, 4.0]), given([-1.0, 0.0, 1e-30, 1.0]))
one("ClipGradient", "at the bounds", given([1.0, 2.0, 3.0, 4.0, 5.0]), given([-1.0, 0.0, 3.0, 6.0, 7.0]), constant(0.0), constant(6.0))
one("ClipGradient", "plain", x("N", 3, 4), x("N", 3, 4, low=-4.0, high=10.0), constant(0.0), constant(6.0))
one("ClipGradient", "only a minimum", x("N", 7), x("N", 7), constant(-0.25))
one("ClipGradient", "only a maximum", x("N", 7), x("N", 7), None, constant(0.25))

# Along axes.
one("ReduceSum", "all", x("N", 3, 4))
one("ReduceSum", "an axis", x("N", 3, 4), ints(1))
one("ReduceSum", "two axes, dropped", x("N", 3, 4), ints(0, -1), keepdims=0)
one("ReduceSumSquare", "all", x("N", 3, 4))
one("ReduceSumSquare", "all, dropped", x("N", 3, 4), keepdims=0)
one("ReduceMean", "all, dropped", x("N", 3, 4), keepdims=0)
one("ReduceMean", "space", x("N", 3, 4, 5), axes=[2, 3], keepdims=1)
one("ReduceMean", "space, dropped", x("N", 3, 4, 5), axes=[-2, -1], keepdims=0)
one("ReduceMax", "an axis", x("N", 3, 4), axes=[1])
one("ReduceMax", "an axis, dropped", x("N", 3, 4), axes=[-1], keepdims=0)
one("ReduceMax", "equal ones", given([[1.0, 3.0, 3.0], [2.0, 2.0, 0.0]]), axes=[1])
one("ReduceMin", "an axis", x("N", 3, 4), axes=[1])
one("ReduceMin", "an axis, dropped", x("N", 3, 4), axes=[-1], keepdims=0)
one("ReduceL2", "an axis", x("N", 3, 4), axes=[-1])
one("ReduceL2", "two axes, dropped", x("N", 3, 4), axes=[1, 2], keepdims=0)
one("Softmax", "the last axis", x("N", 3, 4, low=-3.0, high=3.0))
one("Softmax", "a middle axis", x("N", 3, 4, low=-3.0, high=3.0), axis=1)
one("Softmax", "large", given([[1000.0, 999.0, -1000.0]]), axis=-1)

# Shapes.
one("Reshape", "0 and -1", x("N", 3, 4), ints(0, -1))
one("Reshape", "a batch free", x("N", 3, 4), ints(-1, 4, 3))
one("Reshape", "batch and channels merged", x("N", 3, 4), ints(-1, 4))
one("Flatten", "plain", x("N", 3, 4, 2))
one("Flatten", "axis 2", x("N", 3, 4, 2), axis=2)
one("Flatten", "axis 0", x("N", 3, 4), axis=0)
one("Transpose", "reversed", x("N", 3, 4))
one("Transpose", "channels last", x("N", 3, 4, 5), perm=[0, 2, 3, 1])
one("Transpose", "a cycle", x("N", 3, 4, 5), perm=[1, 2, 3, 0])
one("Expand", "up", x("N", 3, 1, 1), ints(1, 3, 4, 5))
one("Expand", "more axes", x(3, 1), ints(2, 1, 4))
one("Trilu", "upper", x("N", 3, 4))
one("Trilu", "lower, below the diagonal", x("N", 4, 3), constant(-1, "int64"), upper=0)
one("Trilu", "of truths", bools("N", 3, 3), constant(1, "int64"))
one("Tile", "two axes", x("N", 3, 2), ints(1, 2, 3))
one("Tile", "the batch too", x("N", 3), ints(2, 1))
one("Range", "of integers", constant(2, "int64"), constant(11, "int64"), constant(3, "int64"))
one("Shape", "plain", x("N", 3, 4))
one("Shape", "a part", x("N", 3, 4, 5), start=1, end=-1)
one("Squeeze", "axes", x("N", 3, 1, 1), ints(2, -1))
one("Squeeze", "all of size 1", x(1, 3, 1, 4))
one("Unsqueeze", "axes", x("N", 3), ints(0, -1))
one("Unsqueeze", "in the middle", x("N", 3), ints(1))
one("Slice", "starts and ends", x("N", 5, 6), ints(1, 0), ints(4, -2), ints(1, 2))
one("Slice", "steps", x("N", 5, 7), ints(0, 1), ints(2**31, 6), ints(1, 2), ints(2, 3))
one("Slice", "backward", x("N", 5), ints(-1), ints(-(2**31)), ints(1), ints(-2))
one("Slice", "backward by one", x("N", 5, 4), ints(-1), ints(-(2**31)), ints(1), ints(-1))
one("Slice", "a part backward", x("N", 9, 2), ints(7), ints(1), ints(1), ints(-3))
one("Slice", "every second of two axes", x("N", 6, 5, 2), ints(0, 1), ints(2**31, 2**31), ints(1, 2), ints(2, 2))
one("Slice", "the whole batch", x("N", 5), ints(0, 1), ints(2**62, 4), ints(0, 1), ints(1, 1))
one("Pad", "zeros", x("N", 3, 4), ints(0, 1, 2, 0, 0, 3))
one("Pad", "a value", x("N", 3, 4), ints(0, 0, 1, 0, 2, 0), constant(0.5))
one("Pad", "cut", x("N", 5, 6), ints(0, -1, 2, 0, -2, -3))
one("Concat", "channels", x("N", 2, 3), x("N", 4, 3), x("N", 1, 3), axis=1)
one("Concat", "the last axis", x("N", 2, 3), x("N", 2, 5), axis=-1)
one("Concat", "one input", x("N", 2, 3), axis=1)
one("Split", "sizes", x("N", 7, 2), ints(1, 4, 2), axis=1, outputs=3)
one("Split", "the last axis", x("N", 2, 6), ints(2, 4), axis=-1, outputs=2)
one("Split", "equal parts", x("N", 6, 2), axis=1, outputs=3)
one("Gather", "rows", x(5, 3), indices("N", 2, below=5))
one("Gather", "a channel", x("N", 5, 3), constant(2, "int64"), axis=1)
one("Gather", "counted from the back", x("N", 5), ints(-1, 0, -5), axis=1)
one("Gather", "some channels, one twice", x("N", 5, 3), constant([3, 0, 3], "int64"), axis=1)
one("Gather", "a table of rows", x(6, 2), constant([[1, 0], [5, 1]], "int64"))
one("Gather", "one of a list", x("N", 5, 3), constant([4], "int64"), axis=1)
one("GatherElements", "plain", x(3, 4), constant([[1, 0], [2, 3], [0, -1]], "int64"), axis=1)
one("GatherElements", "a batch", x("N", 6), indices("N", 9, below=6), axis=1)
one("ScatterND", "rows", x(4, 3), constant([[2], [0]], "int64"), x(2, 3))
one("ScatterND", "elements", x(4, 3), constant([[2, 1], [0, 0], [3, 2]], "int64"), x(3))
one("Einsum", "attention in windows", x("N", 2, 2, 3, 4), x("N", 2, 2, 5, 4), equation="BGHID, BGHJD -> BGHIJ")
one("Einsum", "attention's values", x("N", 2, 3, 5), x("N", 2, 5, 4), equation="bhij,bhjd->bhid")
one("Einsum", "a linear layer", x("N", 2, 3, 4), x(4, 5), equation="nhwc,cd->nhwd")
one("Einsum", "no common axis left", x("N", 4), x("N", 4), equation="nc,nc->n")
one("Einsum", "an outer product", x("N", 3), x(4), equation="ni,j->nji")
one("Einsum", "summed and turned", x("N", 3, 4), equation="nij->jn")
CENTRED = dict(coordinate_transformation_mode="half_pixel")
one("Resize", "nearest, twice as large", x("N", 2, 3, 4), None, constant([1.0, 1.0, 2.0, 2.0]), mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
one("Resize", "nearest, to a size", x(2, 2, 5, 4), None, None, ints(2, 2, 7, 3), mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
one("Resize", "linear, twice as large", x("N", 2, 3, 4), None, constant([1.0, 1.0, 2.0, 2.0]), mode="linear", **CENTRED)
one("Resize", "linear, smaller", x(2, 2, 7, 6), None, None, ints(2, 2, 4, 5), mode="linear", **CENTRED)
one("Resize", "linear, corners aligned", x(2, 2, 3, 4), None, None, ints(2, 2, 5, 9), mode="linear", coordinate_transformation_mode="align_corners")
one("Resize", "cubic, larger", x(2, 2, 4, 5), None, None, ints(2, 2, 7, 9), mode="cubic", cubic_coeff_a=-0.75, **CENTRED)
one("ScatterElements", "plain", x(3, 4), constant([[1, 0], [2, 3], [0, -1]], "int64"), x(3, 2), axis=1)
one("ScatterElements", "added", x(3, 4), constant([[1, 1], [2, 2], [0, -1]], "int64"), x(3, 2), axis=1, reduction="add")
one("ScatterElements", "a batch, added", x("N", 6), indices("N", 9, below=6), x("N", 9), axis=1, reduction="add")
one("Constant", "floats", value={"tensor": {"type": "float32", "shape": [2, 2], "values": [0.5, -1.0, 2.0, 0.25]}})
one("Constant", "integers", value={"tensor": {"type": "int64", "shape": [3], "values": [1, -2, 3]}})
one("ConstantOfShape", "floats", ints(2, 3), value={"tensor": {"type": "float32", "shape": [1], "values": [0.5]}})

table.write(Path(__file__).with_suffix(".json"))
