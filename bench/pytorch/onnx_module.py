# OnnxModule: an ONNX file as a trainable PyTorch module, for the ops of SqueezeNet, MobileNetV2 and ResNet.
import onnx
from onnx import helper, numpy_helper
import torch
from torch import nn


def symmetric(pads):
    half = len(pads) // 2
    if tuple(pads[:half]) != tuple(pads[half:]):
        raise ValueError(f"asymmetric padding {list(pads)}")
    return tuple(pads[:half])


class OnnxModule(nn.Module):
    """Runs the nodes of an ONNX graph up to `output` (default: its first output) on one input.

    Convolutions and batch normalizations become PyTorch's own modules, so that training, freezing and
    running statistics (momentum 0.1) are PyTorch's.
    """

    def __init__(self, path, output=None):
        super().__init__()
        graph = onnx.load(path).graph
        self.input = graph.input[0].name
        self.output = output or graph.output[0].name
        self.constants = {}
        self.steps = []  # (kind, module or None, inputs, output)
        self.layers = nn.ModuleList()
        weights = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
        uses = {}
        for node in graph.node:
            for name in node.input:
                uses[name] = uses.get(name, 0) + 1
        for node in graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type == "Constant":
                weights[node.output[0]] = torch.from_numpy(numpy_helper.to_array(attributes["value"]).copy())
                continue
            inputs = [name for name in node.input if name not in weights]
            module = self.module(node, attributes, [weights.get(name) for name in node.input], uses)
            if module is not None:
                self.layers.append(module)
            self.steps.append((node.op_type, module, inputs, node.output[0]))
            if node.output[0] == self.output:
                break
        else:
            raise ValueError(f"{path} has no value {self.output}")
        # Values are dropped after their last use, as they would be in a module written by hand.
        last = {}
        for i, (_, _, inputs, _) in enumerate(self.steps):
            for name in inputs:
                last[name] = i
        self.dead = [[n for n in set(inputs) if last[n] == i] for i, (_, _, inputs, _) in enumerate(self.steps)]

    @staticmethod
    def module(node, attributes, weights, uses):
        op = node.op_type
        if op == "Conv":
            weight = weights[1]
            bias = weights[2] if len(weights) > 2 else None
            group = attributes.get("group", 1)
            conv = nn.Conv2d(
                weight.shape[1] * group,
                weight.shape[0],
                tuple(weight.shape[2:]),
                stride=tuple(attributes.get("strides", (1, 1))),
                padding=symmetric(attributes.get("pads", (0, 0, 0, 0))),
                dilation=tuple(attributes.get("dilations", (1, 1))),
                groups=group,
                bias=bias is not None,
            )
            with torch.no_grad():
                conv.weight.copy_(weight)
                if bias is not None:
                    conv.bias.copy_(bias)
            return conv
        if op == "BatchNormalization":
            norm = nn.BatchNorm2d(len(weights[1]), eps=attributes.get("epsilon", 1e-5), momentum=0.1)
            with torch.no_grad():
                norm.weight.copy_(weights[1])
                norm.bias.copy_(weights[2])
                norm.running_mean.copy_(weights[3])
                norm.running_var.copy_(weights[4])
            return norm
        if op == "Relu":
            return nn.ReLU(inplace=uses[node.input[0]] == 1)
        if op == "Clip":
            return nn.Hardtanh(float(weights[1]), float(weights[2]), inplace=uses[node.input[0]] == 1)
        if op == "MaxPool":
            return nn.MaxPool2d(
                tuple(attributes["kernel_shape"]),
                tuple(attributes.get("strides", (1, 1))),
                symmetric(attributes.get("pads", (0, 0, 0, 0))),
                ceil_mode=bool(attributes.get("ceil_mode", 0)),
            )
        if op == "GlobalAveragePool":
            return nn.AdaptiveAvgPool2d(1)
        if op == "Flatten":
            return nn.Flatten(attributes.get("axis", 1))
        if op in ("Add", "Concat"):
            return None
        raise ValueError(f"no rule for op {op} (node {node.name})")

    def forward(self, x):
        values = {self.input: x}
        for (op, module, inputs, output), dead in zip(self.steps, self.dead):
            found = [values[name] for name in inputs]
            if op == "Add":
                y = found[0] + found[1]
            elif op == "Concat":
                y = torch.cat(found, 1)
            else:
                y = module(found[0])
            for name in dead:
                del values[name]
            del found
            values[output] = y
        return values[self.output]
