# Small networks of what torchvision's families lack, in plain PyTorch: what transformers' exports are made of, and rarer layers.
import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, width, heads, mask=False):
        super().__init__()
        self.heads, self.masked = heads, mask
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        n, t, width = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5
        if self.masked:
            # Each sees itself and what is before it.
            hidden = torch.ones(t, t, dtype=torch.bool).triu(1)
            scores = scores.masked_fill(hidden, -10.0)
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, width))


class QuickGelu(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    """A block of a transformer; with `scale`, each branch has factors of its own (DINOv2's layer scale)."""

    def __init__(self, width, heads, activation, scale=False, mask=False):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width, eps=1e-6)
        self.attention = Attention(width, heads, mask)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), activation, nn.Linear(2 * width, width))
        self.scale1 = nn.Parameter(torch.rand(width) + 0.5) if scale else 1.0
        self.scale2 = nn.Parameter(torch.rand(width) + 0.5) if scale else 1.0

    def forward(self, x):
        x = x + self.scale1 * self.attention(self.norm1(x))
        return x + self.scale2 * self.mlp(self.norm2(x))


class Tokens(nn.Module):
    """A class token, registers, places that are interpolated to the image's size, and blocks of every kind."""

    def __init__(self, labels, width=32, patch=8):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, width) * 0.1)
        self.registers = nn.Parameter(torch.randn(1, 2, width) * 0.1)
        self.places = nn.Parameter(torch.randn(1, 1 + 5 * 5, width) * 0.1)
        self.blocks = nn.Sequential(
            Block(width, 4, nn.GELU(), scale=True),
            Block(width, 2, QuickGelu()),
            Block(width, 4, nn.GELU("tanh"), mask=True),
            Block(width, 4, nn.SiLU()),
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(2 * width, labels)

    def forward(self, image):
        x = self.patches(image).flatten(2).transpose(1, 2)
        side = image.shape[2] // 8
        grid = self.places[:, 1:].reshape(1, 5, 5, -1).permute(0, 3, 1, 2)
        grid = F.interpolate(grid, size=(side, side), mode="bicubic", align_corners=False)
        places = torch.cat([self.places[:, :1], grid.permute(0, 2, 3, 1).reshape(1, side * side, -1)], 1)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + places
        x = torch.cat([x[:, :1], self.registers.expand(x.shape[0], -1, -1), x[:, 1:]], 1)
        x = self.norm(self.blocks(x))
        return self.head(torch.cat([x[:, 0], x[:, 3:].mean(1)], -1))


class Layers(nn.Module):
    """Convolutions with the rarer normalizations, activations, pools and resizings behind them."""

    def __init__(self, labels, width=16):
        super().__init__()
        conv = lambda stride=1: nn.Conv2d(width, width, 3, stride, 1)
        self.stem = nn.Conv2d(3, width, 4, 4)
        self.middle = nn.Sequential(
            *[nn.GroupNorm(4, width), nn.LeakyReLU(0.1), conv()],
            *[nn.InstanceNorm2d(width, affine=True), nn.ELU(), conv()],
            *[nn.GroupNorm(1, width), nn.Mish(), conv()],
            *[nn.BatchNorm2d(width), nn.Softplus(), conv(2)],
            *[nn.BatchNorm2d(width), nn.Hardswish(), nn.ConstantPad2d((1, 0, 1, 0), 0.0), nn.AvgPool2d(3, 2, 1)],
        )
        self.bilinear = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.nearest = nn.Upsample(scale_factor=2, mode="nearest")
        self.join = nn.Conv2d(3 * width, width, 1)
        self.head = nn.Linear(2 * width, labels)

    def forward(self, image):
        x = self.middle(self.stem(image))
        y = torch.cat([self.bilinear(x), self.nearest(x.flip(2)), self.nearest(torch.roll(x, 1, 3))], 1)
        y = torch.tanh(self.join(y))
        flat = F.normalize(F.adaptive_avg_pool2d(y, 1).flatten(1), dim=1) + torch.sqrt(y.square().mean((2, 3)) + 0.1)
        return self.head(torch.cat([flat, F.adaptive_max_pool2d(y, 1).flatten(1)], 1))


small = {"tokens": Tokens, "layers": Layers}
