# What PyTorch makes of each operator, ONNX's (operator set 17) and those of training: attributes, inputs → outputs.
import torch
import torch.nn.functional as F

INFINITY = float("inf")


def symmetric(pads):
    return list(pads[:2]) == list(pads[2:])


def padded(x, pads, value=0.0):
    top, left, bottom, right = pads
    return F.pad(x, (left, right, top, bottom), value=value)


def conv(a, x, w, bias=None):
    x = padded(x, a.get("pads", [0, 0, 0, 0]))
    return F.conv2d(
        x, w, bias, a.get("strides", 1), 0, a.get("dilations", 1), a.get("group", 1)
    )


def max_pool(a, x):
    pads = a.get("pads", [0, 0, 0, 0])
    inside = pads[:2] if symmetric(pads) else [0, 0]
    z = x if symmetric(pads) else padded(x, pads, -INFINITY)
    y, at = F.max_pool2d(
        z,
        a["kernel_shape"],
        a.get("strides", [1, 1]),
        inside,
        a.get("dilations", 1),
        bool(a.get("ceil_mode", 0)),
        return_indices=True,
    )
    # PyTorch counts within each plane of what it was given; ONNX in the whole tensor, without padding.
    if not symmetric(pads):
        row, column = at // z.shape[3], at % z.shape[3]
        at = (row - pads[0]) * x.shape[3] + column - pads[1]
    planes = torch.arange(x.shape[0] * x.shape[1]).reshape(x.shape[0], x.shape[1], 1, 1)
    return y, at + planes * x.shape[2] * x.shape[3]


def average_pool(a, x):
    pads = a.get("pads", [0, 0, 0, 0])
    whole = bool(a.get("count_include_pad", 0))
    kernel, strides = a["kernel_shape"], a.get("strides", [1, 1])
    if symmetric(pads):
        return F.avg_pool2d(x, kernel, strides, pads[:2], bool(a.get("ceil_mode", 0)), whole)
    assert not a.get("ceil_mode", 0)
    mean = F.avg_pool2d(padded(x, pads), kernel, strides)
    return mean if whole else mean / F.avg_pool2d(padded(torch.ones_like(x), pads), kernel, strides)


def gemm(a, left, right, c=None):
    left = left.T if a.get("transA", 0) else left
    right = right.T if a.get("transB", 0) else right
    y = a.get("alpha", 1.0) * (left @ right)
    return y if c is None else y + a.get("beta", 1.0) * c


def batch_norm_training(a, x, scale, bias, mean, var):
    running = mean.detach().clone(), var.detach().clone()
    y = F.batch_norm(x, *running, scale, bias, True, a["momentum"], a["epsilon"])
    axes = [i for i in range(x.dim()) if i != 1]
    z = x.detach()
    inverse = torch.rsqrt(z.var(axes, unbiased=False) + a["epsilon"])
    return y, *running, z.mean(axes), inverse


def gradients_of(f, dy, *leaves):
    leaves = [leaf.detach().clone().requires_grad_() for leaf in leaves]
    return torch.autograd.grad(f(*leaves), leaves, dy)


def batch_norm_gradient(_, dy, x, scale, mean, inverse):
    axes = [i for i in range(x.dim()) if i != 1]
    epsilon = inverse**-2 - x.var(axes, unbiased=False)
    per_channel = [1, -1] + [1] * (x.dim() - 2)

    def normalise(x, scale, bias):
        centred = x - x.mean(axes, keepdim=True)
        deviation = torch.sqrt(centred.pow(2).mean(axes, keepdim=True) + epsilon.reshape(per_channel))
        return centred / deviation * scale.reshape(per_channel) + bias.reshape(per_channel)

    return gradients_of(normalise, dy, x, scale, torch.zeros_like(scale))


def scatter_elements(a, x, indices, updates):
    axis = a.get("axis", 0)
    indices = indices % x.shape[axis]
    if a.get("reduction", "none") == "add":
        return x.scatter_add(axis, indices, updates)
    return x.scatter(axis, indices, updates)


def slice_(a, x, starts, ends, axes=None, steps=None):
    for i, start in enumerate(starts.tolist()):
        axis = i if axes is None else int(axes[i])
        step = 1 if steps is None else int(steps[i])
        # Python's slices are NumPy's, and so ONNX's.
        at = list(range(x.shape[axis]))[start : int(ends[i]) if abs(int(ends[i])) < 2**31 else None : step]
        x = x.index_select(axis, torch.tensor(at, dtype=torch.int64))
    return x


def pad(_, x, pads, value=None):
    begin, end = pads.tolist()[: x.dim()], pads.tolist()[x.dim() :]
    flat = [n for pair in zip(reversed(begin), reversed(end)) for n in pair]
    return F.pad(x, flat, value=0.0 if value is None else value.item())


def gather(a, x, indices):
    axis = a.get("axis", 0) % x.dim()
    picked = x.index_select(axis, (indices % x.shape[axis]).flatten())
    return picked.reshape(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


def reduction(f):
    def reduce(a, x, axes=None):
        axes = a.get("axes") if axes is None else axes.tolist()
        return f(x, axes or list(range(x.dim())), keepdim=bool(a.get("keepdims", 1)))

    return reduce


def clip(_, x, low=None, high=None):
    low = -INFINITY if low is None else low.item()
    return F.hardtanh(x, low, INFINITY if high is None else high.item())


def squeeze(_, x, axes=None):
    if axes is None:
        return x.squeeze()
    kept = [n for i, n in enumerate(x.shape) if i not in [axis % x.dim() for axis in axes.tolist()]]
    return x.reshape(kept)


def unsqueeze(_, x, axes):
    rank = x.dim() + len(axes)
    for axis in sorted(axis % rank for axis in axes.tolist()):
        x = x.unsqueeze(axis)
    return x


def variadic(f):
    def apply(_, *x):
        result = x[0]
        for more in x[1:]:
            result = f(result, more)
        return result

    return apply


def plain(f):
    """An operator without attributes."""
    return lambda _, *x: f(*x)


def divide(_, left, right):
    return left / right if left.is_floating_point() else torch.div(left, right, rounding_mode="trunc")


def layer_norm(a, x, scale, bias=None):
    axis = a.get("axis", -1) % x.dim()
    axes, epsilon = list(range(axis, x.dim())), a.get("epsilon", 1e-5)
    y = F.layer_norm(x, x.shape[axis:], scale, bias, epsilon)
    # The statistics are no part of what is differentiated.
    z = x.detach()
    inverse = torch.rsqrt(z.var(axes, unbiased=False, keepdim=True) + epsilon)
    return (y, z.mean(axes, keepdim=True), inverse)[: a["outputs"]]


def layer_norm_gradient(a, dy, x, scale, mean, inverse):
    axis = a.get("axis", -1) % x.dim()
    axes = list(range(axis, x.dim()))
    epsilon = (inverse**-2 - x.var(axes, unbiased=False, keepdim=True)).mean().item()
    f = lambda x, scale, bias: F.layer_norm(x, x.shape[axis:], scale, bias, epsilon)
    return gradients_of(f, dy, x, scale, torch.zeros_like(scale))


def group_norm(a, x, scale, bias):
    groups = a.get("num_groups", x.shape[1])
    wide = [v if len(v) == x.shape[1] else v.repeat_interleave(x.shape[1] // groups) for v in (scale, bias)]
    return F.group_norm(x, groups, *wide, a.get("epsilon", 1e-5))


def resize(a, x, roi=None, scales=None, sizes=None):
    modes = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}
    mode = modes[a.get("mode", "nearest")]
    if a.get("nearest_mode") == "round_prefer_floor":
        mode = "nearest-exact"
    corners = None if mode.startswith("nearest") else a["coordinate_transformation_mode"] == "align_corners"
    size = sizes.tolist()[2:] if sizes is not None else None
    scale = None if scales is None else scales.tolist()[2:]
    return F.interpolate(x, size, scale, mode, corners, recompute_scale_factor=False if scale else None)


def scatter_nd(_, x, indices, updates):
    return x.index_put(tuple(indices.unbind(-1)), updates)


def gather_elements(a, x, indices):
    axis = a.get("axis", 0)
    return torch.gather(x, axis, indices % x.shape[axis])


CAST = {1: torch.float64, 2: torch.uint8, 6: torch.int32, 7: torch.int64, 9: torch.bool}


def held(a):
    """The tensor in a `value` attribute."""
    spec = a["value"]["tensor"]
    dtype = torch.int64 if spec["type"] == "int64" else torch.float64
    return torch.tensor(spec["values"], dtype=dtype).reshape(spec["shape"])


ONNX = {
    "Conv": conv,
    "Gemm": gemm,
    "MatMul": plain(torch.matmul),
    "Add": plain(torch.add),
    "Sub": plain(torch.sub),
    "Mul": plain(torch.mul),
    "Div": divide,
    "Pow": plain(torch.pow),
    "Sum": variadic(torch.add),
    "Max": variadic(torch.maximum),
    "Min": variadic(torch.minimum),
    "Neg": plain(torch.neg),
    "Abs": plain(torch.abs),
    "Exp": plain(torch.exp),
    "Log": plain(torch.log),
    "Sqrt": plain(torch.sqrt),
    "Reciprocal": plain(torch.reciprocal),
    "Identity": plain(torch.clone),
    "Sigmoid": plain(torch.sigmoid),
    "Tanh": plain(torch.tanh),
    "Erf": plain(torch.erf),
    "Sign": plain(torch.sign),
    "Floor": plain(torch.floor),
    "Ceil": plain(torch.ceil),
    "Round": plain(torch.round),
    "Mod": plain(torch.remainder),
    "HardSwish": plain(F.hardswish),
    "Mish": plain(F.mish),
    "Gelu": lambda a, x: F.gelu(x, approximate=a.get("approximate", "none")),
    "Swish": lambda a, x: x * torch.sigmoid(a.get("alpha", 1.0) * x),
    "PRelu": plain(lambda x, slope: torch.where(x < 0, slope * x, x)),
    "LeakyRelu": lambda a, x: F.leaky_relu(x, a.get("alpha", 0.01)),
    "Elu": lambda a, x: F.elu(x, a.get("alpha", 1.0)),
    "Softplus": lambda _, x: torch.logaddexp(x, torch.zeros_like(x)),
    "Relu": plain(torch.relu),
    "Clip": clip,
    "HardSigmoid": lambda a, x: torch.clamp(a.get("alpha", 0.2) * x + a.get("beta", 0.5), 0, 1),
    "Dropout": lambda _, x, *rest: x.clone(),
    "Cast": lambda a, x: x.to(CAST[a["to"]]),
    "Greater": plain(torch.gt),
    "GreaterOrEqual": plain(torch.ge),
    "Less": plain(torch.lt),
    "LessOrEqual": plain(torch.le),
    "Equal": plain(torch.eq),
    "And": plain(torch.logical_and),
    "Or": plain(torch.logical_or),
    "Not": plain(torch.logical_not),
    "Where": plain(torch.where),
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": lambda _, x: F.adaptive_avg_pool2d(x, 1),
    "GlobalMaxPool": lambda _, x: F.adaptive_max_pool2d(x, 1),
    "BatchNormalization": lambda a, x, scale, bias, mean, var: F.batch_norm(
        x, mean.detach(), var.detach(), scale, bias, False, 0.0, a.get("epsilon", 1e-5)
    ),
    "LayerNormalization": layer_norm,
    "InstanceNormalization": group_norm,
    "GroupNormalization": group_norm,
    "ReduceMin": reduction(torch.amin),
    "ReduceL2": reduction(lambda x, axes, keepdim: torch.linalg.vector_norm(x, 2, axes, keepdim)),
    "Einsum": lambda a, *x: torch.einsum(a["equation"], *x),
    "Resize": resize,
    "Trilu": lambda a, x, k=None: (torch.triu if a.get("upper", 1) else torch.tril)(x, 0 if k is None else k.item()),
    "Tile": lambda _, x, repeats: x.repeat(repeats.tolist()),
    "GatherElements": gather_elements,
    "ScatterND": scatter_nd,
    "Range": lambda _, *x: torch.arange(*(v.item() for v in x)),
    "ReduceSum": reduction(torch.sum),
    "ReduceSumSquare": reduction(lambda x, axes, keepdim: torch.sum(x * x, axes, keepdim)),
    "ReduceMean": reduction(torch.mean),
    "ReduceMax": reduction(torch.amax),
    "Softmax": lambda a, x: torch.softmax(x, a.get("axis", -1)),
    "Reshape": lambda _, x, shape: x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape.tolist())]),
    "Flatten": lambda a, x: x.reshape(x.shape[: a.get("axis", 1)].numel(), -1),
    "Transpose": lambda a, x: x.permute(a.get("perm", list(reversed(range(x.dim()))))),
    "Expand": lambda _, x, shape: x.expand(torch.broadcast_shapes(x.shape, tuple(shape.tolist()))),
    "Shape": lambda a, x: torch.tensor(x.shape[a.get("start", 0) : a.get("end", x.dim())]),
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Slice": slice_,
    "Pad": pad,
    "Concat": lambda a, *x: torch.cat(x, a["axis"]),
    "Split": lambda a, x, sizes=None: torch.tensor_split(x, a["outputs"], a.get("axis", 0))
    if sizes is None
    else torch.split(x, sizes.tolist(), a.get("axis", 0)),
    "Gather": gather,
    "ScatterElements": scatter_elements,
    "Constant": lambda a: held(a),
    "ConstantOfShape": lambda a, shape: held(a).expand(shape.tolist()),
}

TRAINING = {
    "ConvInputGradient": lambda a, dy, w, x: gradients_of(lambda z: conv(a, z, w), dy, torch.zeros_like(x))[0],
    "ConvWeightGradient": lambda a, dy, x, w: gradients_of(lambda z: conv(a, x, z), dy, torch.zeros_like(w))[0],
    "BatchNormTraining": batch_norm_training,
    "BatchNormGradient": batch_norm_gradient,
    "MaxPoolGradient": lambda _, dy, at, x: torch.zeros_like(x)
    .flatten()
    .index_add(0, at.flatten(), dy.flatten())
    .reshape(x.shape),
    "AveragePoolGradient": lambda a, dy, x: gradients_of(lambda z: average_pool(a, z), dy, x)[0],
    "GeluGradient": lambda a, dy, x: gradients_of(lambda z: ONNX["Gelu"](a, z), dy, x)[0],
    "SwishGradient": lambda a, dy, x: gradients_of(lambda z: ONNX["Swish"](a, z), dy, x)[0],
    "SoftmaxGradient": lambda a, dy, y: gradients_of(lambda z: torch.softmax(z, a["axis"]), dy, torch.log(y))[0],
    "LayerNormGradient": layer_norm_gradient,
    "GatherGradient": lambda a, dy, indices, x: gradients_of(lambda z: gather(a, z, indices), dy, x)[0],
    "ReluGradient": lambda _, dy, y: torch.ops.aten.threshold_backward(dy, y, 0),
    "ClipGradient": lambda a, dy, x, *bounds: gradients_of(lambda z: clip(a, z, *bounds), dy, x)[0],
}
