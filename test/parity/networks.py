# Seeded networks and pictures, the same for every check.
import torch
import torchvision
from torch import nn

LABELS = 20
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def resnet(depth, seed, labels=LABELS):
    torch.manual_seed(seed)
    return getattr(torchvision.models, f"resnet{depth}")(weights=None, num_classes=labels)


def mobilenet_v2(seed, labels=LABELS):
    torch.manual_seed(seed)
    # Dropout is drawn anew in each call, and here not what is held against each other.
    return torchvision.models.mobilenet_v2(weights=None, num_classes=labels, dropout=0.0)


def randomise_norms(network, seed):
    """Gives every BatchNorm its own affine and running statistics, so that none can be mistaken for another."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            with torch.no_grad():
                module.weight.uniform_(0.5, 1.5, generator=generator)
                module.bias.normal_(0, 0.1, generator=generator)
                module.running_mean.normal_(0, 0.1, generator=generator)
                module.running_var.uniform_(0.5, 1.5, generator=generator)


def damp(network, factor=0.1):
    """Scales the last gamma of each residual block: a random network is chaotic without."""
    for module in network.modules():
        last = getattr(module, "bn3", None) or getattr(module, "bn2", None)
        if getattr(module, "use_res_connect", False):
            last = module.conv[-1]
        if last is not None:
            with torch.no_grad():
                last.weight.mul_(factor)


def pictures(n, size, seed):
    """Random blobs rather than white noise, uint8 [n, size, size, 3]: neighbouring pixels resemble each other."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(n, 3, size // 8, size // 8, generator=generator) * 255
    smooth = nn.functional.interpolate(coarse, size=(size, size), mode="bilinear", align_corners=False)
    noisy = smooth + 16 * torch.randn(smooth.shape, generator=generator)
    return noisy.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def targets(n, seed, labels=LABELS):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(n, labels, generator=generator) < 0.2).float()


def normalise(images, dtype=torch.float32):
    """uint8 [n, height, width, 3] → what the network takes, [n, 3, height, width]."""
    mean, std = (torch.tensor(v, dtype=dtype).view(1, 3, 1, 1) for v in (MEAN, STD))
    return (images.permute(0, 3, 1, 2).to(dtype) / 255 - mean) / std


def freeze_norms(network):
    """BatchNorm on its running statistics, with its affine fixed."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
            module.weight.requires_grad_(False)
            module.bias.requires_grad_(False)
