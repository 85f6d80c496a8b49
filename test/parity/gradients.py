# The gradients of one training step of a network in float64, and how far float32 PyTorch's are from them.
#
#   python3 gradients.py make FOLDER resnet18|resnet50|mobilenet_v2 batch|frozen SIZE BATCH SEED
#
# writes NAME.pth (of MobileNetV2 NAME.onnx, and its classifier among the following), and batch.bin/.json with the
# pictures and targets. Then, when the step that is to be compared has written which side of every kink it took
# (kinks.bin: one bit for each output of a ReLU or ReLU6, in the order of the calls and of the rows, 1 where it is
# above zero and below six, filled up to a byte; then for each output of the max pooling, as int32, the index of the
# input that it took within its channel),
#
#   python3 gradients.py compare FOLDER NAME batch|frozen SIZE BATCH SEED
#
# writes step.bin/.json: the logits in float64 and float32 (`exact/logits`, `single/logits`), the float64
# gradients on those sides (`gradient/NAME`), the squared distance of PyTorch's float32 gradients from the
# float64 ones on float32's own sides (`distance/NAME`), and how many sides are not float64's own, of the step
# compared and of float32 PyTorch (`falls`).
import os
import sys

import numpy as np
import torch
from torch import nn

from exchange import save
from networks import damp, freeze_norms, mobilenet_v2, normalise, pictures, randomise_norms, resnet, targets

task, folder, name, mode = sys.argv[1:5]
size, batch, seed = map(int, sys.argv[5:8])
images, wanted = pictures(batch, size, seed), targets(batch, seed)


def network():
    made = mobilenet_v2(seed) if name == "mobilenet_v2" else resnet(int(name.removeprefix("resnet")), seed)
    randomise_norms(made, seed)
    damp(made)
    return made


def is_inside(module, output):
    return (output > 0) & (output < 6) if isinstance(module, nn.ReLU6) else output > 0


class Kinks:
    """The sides that a step took: a mask for each call of a ReLU, and the indices of the max pooling, if any."""

    def __init__(self):
        self.masks, self.indices = [], None

    def record(self, made):
        for module in made.modules():
            if isinstance(module, (nn.ReLU, nn.ReLU6)):
                module.register_forward_hook(
                    lambda module, inputs, output: self.masks.append(is_inside(module, output))
                )
        if not hasattr(made, "maxpool"):
            return
        shape = dict(kernel_size=3, stride=2, padding=1, return_indices=True)
        made.maxpool.register_forward_hook(
            lambda module, inputs, output: setattr(self, "indices", nn.functional.max_pool2d(inputs[0], **shape)[1])
        )

    def impose(self, made):
        masks = iter(self.masks)
        for module in made.modules():
            if isinstance(module, nn.ReLU):
                module.forward = lambda x: x * next(masks)
            elif isinstance(module, nn.ReLU6):
                # Outside it is the nearer bound.
                module.forward = lambda x: torch.where(next(masks), x, 6.0 * (x > 3))
        if not hasattr(made, "maxpool"):
            return
        made.maxpool.forward = lambda x: (
            x.flatten(2).gather(2, self.indices.flatten(2)).view(self.indices.shape)
        )

    def read(self, like):
        """From kinks.bin; the shapes are those of others."""
        with open(os.path.join(folder, "kinks.bin"), "rb") as file:
            data = file.read()
        count = sum(mask.numel() for mask in like.masks)
        bits = np.unpackbits(np.frombuffer(data, np.uint8, -(-count // 8)), count=count, bitorder="little")
        parts = torch.from_numpy(bits.astype(bool)).split([mask.numel() for mask in like.masks])
        self.masks = [part.view(mask.shape) for part, mask in zip(parts, like.masks)]
        if like.indices is None:
            return self
        indices = np.frombuffer(data, np.int32, offset=-(-count // 8))
        self.indices = torch.from_numpy(indices.astype(np.int64)).view(like.indices.shape)
        return self

    def differences(self, other):
        masks = sum((a != b).sum().item() for a, b in zip(self.masks, other.masks))
        return masks if self.indices is None else masks + (self.indices != other.indices).sum().item()


def step(dtype, kinks=None):
    made = network().to(dtype).train()
    if mode == "frozen":
        freeze_norms(made)
    taken = Kinks()
    if kinks is None:
        taken.record(made)
    else:
        kinks.impose(made)
    logits = made(normalise(images, dtype))
    nn.BCEWithLogitsLoss()(logits, wanted.to(dtype)).backward()
    return logits.detach(), {k: p.grad for k, p in made.named_parameters() if p.requires_grad}, taken


if task == "make":
    made = network()
    arrays = {"images": images, "targets": wanted}
    if name == "mobilenet_v2":
        arrays.update(made.classifier[1].state_dict())
        # As it stands: an export for inference would fold the normalizations.
        torch.onnx.export(
            made.eval(),
            normalise(images),
            os.path.join(folder, f"{name}.onnx"),
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            opset_version=13,
            dynamic_axes={"image": [0]},
            input_names=["image"],
        )
    else:
        torch.save(made.state_dict(), os.path.join(folder, f"{name}.pth"))
    save(folder, "batch", arrays)
else:
    exact_logits, _, exact = step(torch.float64)
    single_logits, single, own = step(torch.float32)
    _, as_single, _ = step(torch.float64, own)
    compared = Kinks().read(own)
    _, as_compared, _ = step(torch.float64, compared)
    arrays = {"exact/logits": exact_logits, "single/logits": single_logits}
    arrays["falls"] = np.array([compared.differences(exact), own.differences(exact)], np.float64)
    for key, gradient in as_compared.items():
        # MobileNetV2's classifier follows a dropout.
        told = key.replace("classifier.1.", "classifier.")
        arrays[f"gradient/{told}"] = gradient
        arrays[f"distance/{told}"] = (single[key].double() - as_single[key]).square().sum()
    save(folder, "step", arrays)
