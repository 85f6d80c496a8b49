# OnnxModule: an ONNX file as a trainable PyTorch module, for the operators of CNNs and vision transformers.
import math

import onnx
from onnx import helper, numpy_helper
import torch
import torch.nn.functional as F
from torch import nn


def same(pads):
    """Paddings by (before, after) of each axis as one number an axis; None where they differ."""
    half = len(pads) // 2
    return tuple(pads[:half]) if tuple(pads[:half]) == tuple(pads[half:]) else None


def padded(pads):
    """ONNX's paddings in the order of F.pad: the last axis first."""
    half = len(pads) // 2
    return [n for axis in reversed(range(half)) for n in (pads[axis], pads[axis + half])]


def reshape(x, shape):
    return x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape.tolist())])


def cut(x, starts, ends, axes=None, steps=None):
    axes = range(len(starts)) if axes is None else axes.tolist()
    steps = [1] * len(starts) if steps is None else steps.tolist()
    where = [slice(None)] * x.ndim
    for axis, start, end, step in zip(axes, starts.tolist(), ends.tolist(), steps):
        where[axis] = slice(start, min(end, x.shape[axis]), step)
    return x[tuple(where)]


def gather(x, indices, axis):
    if indices.ndim == 0:
        return x.select(axis, int(indices))
    return x.index_select(axis, indices.flatten()).reshape(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


def gemm(a, b, c, attributes):
    a = a.t() if attributes.get("transA") else a
    b = b.t() if attributes.get("transB") else b
    y = attributes.get("alpha", 1.0) * (a @ b)
    return y if c is None else y + attributes.get("beta", 1.0) * c


# What is computed of a node's operands (None for one that is left out) and its attributes.
FUNCTIONS = {
    "Identity": lambda x, _: x[0],
    "Dropout": lambda x, _: x[0],
    "Add": lambda x, _: x[0] + x[1],
    "Sub": lambda x, _: x[0] - x[1],
    "Mul": lambda x, _: x[0] * x[1],
    "Div": lambda x, _: x[0] / x[1],
    "Pow": lambda x, _: x[0] ** x[1],
    "Sqrt": lambda x, _: x[0].sqrt(),
    "Erf": lambda x, _: x[0].erf(),
    "Tanh": lambda x, _: x[0].tanh(),
    "Sigmoid": lambda x, _: x[0].sigmoid(),
    "HardSigmoid": lambda x, a: (a.get("alpha", 0.2) * x[0] + a.get("beta", 0.5)).clamp(0, 1),
    "HardSwish": lambda x, _: F.hardswish(x[0]),
    "Softmax": lambda x, a: x[0].softmax(a.get("axis", -1)),
    "ReduceMean": lambda x, a: x[0].mean(list(a["axes"] if "axes" in a else x[1]), a.get("keepdims", 1) == 1),
    "Concat": lambda x, a: torch.cat(x, a["axis"]),
    "Transpose": lambda x, a: x[0].permute(a["perm"]),
    "Reshape": lambda x, _: reshape(x[0], x[1]),
    "Shape": lambda x, _: torch.tensor(x[0].shape),
    "Slice": lambda x, _: cut(*x),
    "Gather": lambda x, a: gather(x[0], x[1], a.get("axis", 0)),
    "Expand": lambda x, _: x[0].expand(torch.broadcast_shapes(x[0].shape, tuple(x[1].tolist()))),
    "Unsqueeze": lambda x, a: x[0].reshape(unsqueezed(x[0], a["axes"] if "axes" in a else x[1].tolist())),
    "Squeeze": lambda x, a: x[0].squeeze(*(a["axes"] if "axes" in a else x[1].tolist())),
    "MatMul": lambda x, _: x[0] @ x[1],
    "Gemm": lambda x, a: gemm(x[0], x[1], x[2] if len(x) > 2 else None, a),
    "GlobalAveragePool": lambda x, _: F.adaptive_avg_pool2d(x[0], 1),
    "Flatten": lambda x, a: x[0].flatten(a.get("axis", 1)),
}


def unsqueezed(x, axes):
    shape = list(x.shape)
    for axis in sorted(axis % (len(shape) + len(axes)) for axis in axes):
        shape.insert(axis, 1)
    return shape


class OnnxModule(nn.Module):
    """Runs the nodes of an ONNX graph up to `output` (default: its first output) on one input.

    Convolutions and normalizations become PyTorch's own modules, so that training, freezing and running statistics
    (momentum 0.1) are PyTorch's; other weights are parameters.
    """

    def __init__(self, path, output=None):
        super().__init__()
        graph = onnx.load(path).graph
        self.input = graph.input[0].name
        self.output = output or graph.output[0].name
        constants = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
        self.steps = []  # (function or module, inputs, attributes, output)
        self.layers = nn.ModuleList()
        self.weights = nn.ParameterDict()
        self.constants = {}
        # A parameter's name may not hold a point: these are numbered.
        self.named = {}
        uses = {}
        for node in graph.node:
            for name in node.input:
                uses[name] = uses.get(name, 0) + 1
        for node in graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type == "Constant":
                constants[node.output[0]] = torch.from_numpy(numpy_helper.to_array(attributes["value"]).copy())
                continue
            module = self.module(node, attributes, [constants.get(name) for name in node.input], uses)
            if module is not None:
                self.layers.append(module)
                self.steps.append((module, [node.input[0]], None, node.output[0]))
            elif node.op_type in FUNCTIONS:
                for name in node.input:
                    if name in constants:
                        self.keep(name, constants[name])
                self.steps.append((FUNCTIONS[node.op_type], list(node.input), attributes, node.output[0]))
            else:
                raise ValueError(f"no rule for op {node.op_type} (node {node.name})")
            if node.output[0] == self.output:
                break
        else:
            raise ValueError(f"{path} has no value {self.output}")
        # Values are dropped after their last use, as they would be in a module written by hand.
        last = {}
        for i, (_, inputs, _, _) in enumerate(self.steps):
            for name in inputs:
                last[name] = i
        kept = {"", *self.constants, *self.named}
        self.dead = [
            [n for n in set(inputs) - kept if last[n] == i] for i, (_, inputs, _, _) in enumerate(self.steps)
        ]

    def keep(self, name, value):
        """A weight where it is more than a number, else a constant."""
        if value.is_floating_point() and value.numel() > 1:
            if name not in self.named:
                self.named[name] = f"w{len(self.weights)}"
                self.weights[self.named[name]] = nn.Parameter(value)
        else:
            self.constants[name] = value

    @staticmethod
    def module(node, attributes, weights, uses):
        op = node.op_type
        if op == "Conv":
            weight = weights[1]
            bias = weights[2] if len(weights) > 2 else None
            pads = attributes.get("pads", (0, 0, 0, 0))
            group = attributes.get("group", 1)
            conv = nn.Conv2d(
                weight.shape[1] * group,
                weight.shape[0],
                tuple(weight.shape[2:]),
                stride=tuple(attributes.get("strides", (1, 1))),
                padding=same(pads) or (0, 0),
                dilation=tuple(attributes.get("dilations", (1, 1))),
                groups=group,
                bias=bias is not None,
            )
            with torch.no_grad():
                conv.weight.copy_(weight)
                if bias is not None:
                    conv.bias.copy_(bias)
            return conv if same(pads) else nn.Sequential(nn.ZeroPad2d(padded(pads)), conv)
        if op == "BatchNormalization":
            norm = nn.BatchNorm2d(len(weights[1]), eps=attributes.get("epsilon", 1e-5), momentum=0.1)
            with torch.no_grad():
                norm.weight.copy_(weights[1])
                norm.bias.copy_(weights[2])
                norm.running_mean.copy_(weights[3])
                norm.running_var.copy_(weights[4])
            return norm
        if op == "LayerNormalization":
            norm = nn.LayerNorm(weights[1].shape, eps=attributes.get("epsilon", 1e-5))
            with torch.no_grad():
                norm.weight.copy_(weights[1])
                norm.bias.copy_(weights[2])
            return norm
        if op == "Relu":
            return nn.ReLU(inplace=uses[node.input[0]] == 1)
        if op == "Clip":
            low = -math.inf if len(weights) < 2 or weights[1] is None else float(weights[1])
            high = math.inf if len(weights) < 3 or weights[2] is None else float(weights[2])
            return nn.Hardtanh(low, high, inplace=uses[node.input[0]] == 1)
        if op == "MaxPool":
            pads = same(attributes.get("pads", (0, 0, 0, 0)))
            if pads is None:
                raise ValueError(f"asymmetric padding of a pool (node {node.name})")
            return nn.MaxPool2d(
                tuple(attributes["kernel_shape"]),
                tuple(attributes.get("strides", (1, 1))),
                pads,
                ceil_mode=bool(attributes.get("ceil_mode", 0)),
            )
        return None

    def forward(self, x):
        values = {"": None, self.input: x, **self.constants}
        for name, key in self.named.items():
            values[name] = self.weights[key]
        for (step, inputs, attributes, output), dead in zip(self.steps, self.dead):
            found = [values[name] for name in inputs]
            y = step(found[0]) if attributes is None else step(found, attributes)
            for name in dead:
                del values[name]
            del found
            values[output] = y
        return values[self.output]
