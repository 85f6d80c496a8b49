# Golden values for the networks by name: features of torchvision's networks and of modules written here in plain PyTorch,
# whose weights are made from their names, so that the test makes the same.
#   /usr/bin/python3 test/golden/families.py
# It writes test/golden/families.json.
import json
import os
import zlib

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torchvision.models.convnext import CNBlockConfig, ConvNeXt

HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_num_threads(2)


def noise(count, seed):
    """Numbers from −½ to ½: 32-bit integers, mixed."""
    with np.errstate(over="ignore"):
        x = (np.arange(count, dtype=np.uint32) + np.uint32(seed)) * np.uint32(2654435761)
        x ^= x >> np.uint32(15)
        x *= np.uint32(2246822519)
        x ^= x >> np.uint32(13)
    return (x.astype(np.float64) / 2**32 - 0.5).astype(np.float32)


def fill(state):
    """Weights by name: matrices of the size that keeps activations, scales near 1, variances from ½ to 1½."""
    filled = {}
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        values = noise(tensor.numel(), zlib.crc32(name.encode())).reshape(tensor.shape)
        if tensor.dim() > 1 and not name.endswith("layer_scale"):
            values *= 3.5 / np.sqrt(np.prod(tensor.shape[1:]))
        elif name.endswith(("weight", "running_var", "layer_scale", "lambda1")):
            values = values * 0.5 + 1
        filled[name] = torch.from_numpy(values.astype(np.float32))
    return filled


def image(size):
    return torch.from_numpy(4 * noise(2 * 3 * size * size, 7).reshape(2, 3, size, size))


cases = []


def case(name, network, features, size, of, **architecture):
    filled = fill(network.state_dict())
    network.load_state_dict(filled, strict=False)
    network.eval()
    with torch.no_grad():
        found = features(network, image(size))
    shapes = {name: list(weight.shape) for name, weight in filled.items()}
    cases.append(
        {
            "name": name,
            "of": of,
            "architecture": architecture,
            "size": size,
            "weights": shapes,
            "features": [round(float(x), 6) for x in found.flatten()[:: max(1, found.numel() // 64)]],
            "step": max(1, found.numel() // 64),
        }
    )


def through(network, x, *modules):
    for module in modules:
        x = module(x)
    return x


def torchvision_cases():
    vit = torchvision.models.VisionTransformer(32, 8, 2, 3, 24, 96)

    def features(v, x):
        v.heads = nn.Identity()
        return v(x)

    case("torchvision ViT", vit, features, 32, "vit", patch=8, width=24, depth=2, heads=3)
    blocks = [CNBlockConfig(8, 16, 2), CNBlockConfig(16, 24, 1), CNBlockConfig(24, 32, 2), CNBlockConfig(32, None, 1)]
    convnext = ConvNeXt(blocks)
    case(
        "torchvision ConvNeXt",
        convnext,
        lambda n, x: n.classifier[1](n.classifier[0](n.avgpool(n.features(x)))),
        64,
        "convnext",
        depths=[2, 1, 2, 1],
        widths=[8, 16, 24, 32],
    )
    for name in ("efficientnet_b0", "efficientnet_b2", "efficientnet_v2_s"):
        network = getattr(torchvision.models, name)()
        case(name, network, lambda n, x: n.avgpool(n.features(x)).flatten(1), 64, name)
    for name in ("mobilenet_v3_small", "mobilenet_v3_large"):
        network = getattr(torchvision.models, name)()
        case(
            name,
            network,
            lambda n, x: n.classifier[1](n.classifier[0](n.avgpool(n.features(x)).flatten(1))),
            64,
            name,
        )


class Attention(nn.Module):
    """softmax(q kᵀ / √d) v of h heads, from the definition; the names are transformers'."""

    def __init__(self, width, heads, names):
        super().__init__()
        self.heads, self.names = heads, names
        for name in names:
            self.add_module(name, nn.Linear(width, width))

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = (
            getattr(self, name)(x).view(n, t, self.heads, d // self.heads).transpose(1, 2) for name in self.names[:3]
        )
        y = ((q @ k.transpose(2, 3)) / (d // self.heads) ** 0.5).softmax(-1) @ v
        y = y.transpose(1, 2).reshape(n, t, d)
        return getattr(self, self.names[3])(y) if len(self.names) > 3 else y


class Named(nn.Module):
    def __init__(self, **modules):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)


class Scale(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.lambda1 = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * self.lambda1


class DinoBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, 1e-6)
        self.attention = Named(
            attention=Attention(width, heads, ("query", "key", "value")),
            output=Named(dense=nn.Linear(width, width)),
        )
        self.layer_scale1, self.layer_scale2 = Scale(width), Scale(width)
        self.norm2 = nn.LayerNorm(width, 1e-6)
        self.mlp = Named(fc1=nn.Linear(width, 4 * width), fc2=nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.layer_scale1(self.attention.output.dense(self.attention.attention(self.norm1(x))))
        return x + self.layer_scale2(self.mlp.fc2(F.gelu(self.mlp.fc1(self.norm2(x)))))


class Dino(nn.Module):
    """DINOv2: positions interpolated for another size, registers behind the class token, layer scale."""

    def __init__(self, size, patch, width, depth, heads, registers):
        super().__init__()
        self.patch, self.registers = patch, registers
        self.embeddings = Named(
            patch_embeddings=Named(projection=nn.Conv2d(3, width, patch, patch)),
        )
        self.embeddings.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.embeddings.mask_token = nn.Parameter(torch.zeros(1, width))
        self.embeddings.position_embeddings = nn.Parameter(torch.zeros(1, 1 + (size // patch) ** 2, width))
        if registers:
            self.embeddings.register_tokens = nn.Parameter(torch.zeros(1, registers, width))
        self.encoder = Named(layer=nn.ModuleList([DinoBlock(width, heads) for _ in range(depth)]))
        self.layernorm = nn.LayerNorm(width, 1e-6)

    def forward(self, x):
        n = x.shape[0]
        side = x.shape[2] // self.patch
        x = self.embeddings.patch_embeddings.projection(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.embeddings.cls_token.expand(n, -1, -1), x], 1)
        positions = self.embeddings.position_embeddings
        grid = positions[:, 1:]
        old = round(grid.shape[1] ** 0.5)
        if old != side:
            grid = grid.view(1, old, old, -1).permute(0, 3, 1, 2)
            grid = F.interpolate(grid, size=(side, side), mode="bicubic", align_corners=False)
            grid = grid.permute(0, 2, 3, 1).reshape(1, side * side, -1)
        x = x + torch.cat([positions[:, :1], grid], 1)
        if self.registers:
            x = torch.cat([x[:, :1], self.embeddings.register_tokens.expand(n, -1, -1), x[:, 1:]], 1)
        for layer in self.encoder.layer:
            x = layer(x)
        return self.layernorm(x)[:, 0]


class TowerBlock(nn.Module):
    def __init__(self, width, heads, epsilon, activation):
        super().__init__()
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)
        self.self_attn = Attention(width, heads, ("q_proj", "k_proj", "v_proj", "out_proj"))
        self.mlp = Named(fc1=nn.Linear(width, 4 * width), fc2=nn.Linear(4 * width, width))
        self.activation = activation

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp.fc2(self.activation(self.mlp.fc1(self.layer_norm2(x))))


class Tower(nn.Module):
    """The image towers of CLIP (class token, a norm before the blocks) and SigLIP (attention pooling)."""

    def __init__(self, size, patch, width, depth, heads, clip):
        super().__init__()
        self.clip = clip
        tokens = (size // patch) ** 2 + (1 if clip else 0)
        self.embeddings = Named(
            patch_embedding=nn.Conv2d(3, width, patch, patch, bias=not clip),
            position_embedding=nn.Embedding(tokens, width),
        )
        epsilon = 1e-5 if clip else 1e-6
        if clip:
            self.embeddings.class_embedding = nn.Parameter(torch.zeros(width))
            self.pre_layrnorm = nn.LayerNorm(width, epsilon)
        activation = (lambda x: x * torch.sigmoid(1.702 * x)) if clip else (lambda x: F.gelu(x, approximate="tanh"))
        self.activation = activation
        self.encoder = Named(
            layers=nn.ModuleList([TowerBlock(width, heads, epsilon, activation) for _ in range(depth)])
        )
        self.post_layernorm = nn.LayerNorm(width, epsilon)
        if not clip:
            self.head = Named(
                attention=nn.MultiheadAttention(width, heads, batch_first=True),
                layernorm=nn.LayerNorm(width, epsilon),
                mlp=Named(fc1=nn.Linear(width, 4 * width), fc2=nn.Linear(4 * width, width)),
            )
            self.head.probe = nn.Parameter(torch.zeros(1, 1, width))

    def forward(self, x):
        n = x.shape[0]
        x = self.embeddings.patch_embedding(x).flatten(2).transpose(1, 2)
        if self.clip:
            x = torch.cat([self.embeddings.class_embedding.expand(n, 1, -1), x], 1)
        x = x + self.embeddings.position_embedding.weight
        if self.clip:
            x = self.pre_layrnorm(x)
        for layer in self.encoder.layers:
            x = layer(x)
        if self.clip:
            return self.post_layernorm(x[:, 0])
        x = self.post_layernorm(x)
        pooled = self.head.attention(self.head.probe.expand(n, -1, -1), x, x)[0]
        normal = self.head.layernorm(pooled)
        return (pooled + self.head.mlp.fc2(self.activation(self.head.mlp.fc1(normal))))[:, 0]


class Prefixed(nn.Module):
    """With the prefix that a whole model's state dict has."""

    def __init__(self, prefix, inner):
        super().__init__()
        self.add_module(prefix, inner)
        self.prefix = prefix

    def forward(self, x):
        return getattr(self, self.prefix)(x)


def plain_cases():
    small = {"patch": 8, "width": 24, "depth": 2, "heads": 3}
    run = lambda network, x: network(x)
    case("DINOv2", Dino(32, **small, registers=0), run, 32, "dinov2", **small)
    case("DINOv2 at a larger size, with registers", Dino(32, **small, registers=3), run, 56, "dinov2", **small, registers=3)
    case("DINOv2 at a smaller size", Dino(56, **small, registers=0), run, 24, "dinov2", **small)
    case("CLIP", Prefixed("vision_model", Tower(32, **small, clip=True)), run, 32, "clip", **small)
    case("SigLIP", Prefixed("vision_model", Tower(32, **small, clip=False)), run, 32, "siglip", **small)


torchvision_cases()
plain_cases()
with open(os.path.join(HERE, "families.json"), "w") as file:
    json.dump(cases, file, separators=(",", ":"))
    file.write("\n")
