# Names, shapes and beginnings of torchvision's ResNets, without their classifiers.
# /usr/bin/python3 test/golden/resnet.py > test/golden/resnet.json
import hashlib
import json

import torch
import torchvision

golden = {}
for name in ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]:
    torch.manual_seed(0)
    model = getattr(torchvision.models, name)(weights=None)
    state = {
        key: value
        for key, value in model.state_dict().items()
        if not key.startswith("fc.") and not key.endswith("num_batches_tracked")
    }
    lines = sorted(f"{key} {'x'.join(map(str, value.shape))}" for key, value in state.items())
    golden[name] = {
        # With the classifier of 1000 classes.
        "parameters": sum(p.numel() for p in model.parameters()),
        "features": model.fc.in_features,
        "entries": len(lines),
        "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "deviations": {
            key: round(state[key].std().item(), 5)
            for key in ["conv1.weight", "layer3.0.conv2.weight", "layer4.0.downsample.0.weight"]
            if key in state
        },
    }
print(json.dumps(golden, indent=1))
