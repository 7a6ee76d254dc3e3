import torch
from torch import nn


def separable(inputs, outputs, stride):
    return [
        nn.Conv2d(inputs, inputs, 3, stride=stride, padding=1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


class DepthwiseNet(nn.Module):
    def __init__(self, channels, stem, blocks, classes):
        super().__init__()
        layers = [nn.Conv2d(channels, stem, 3, padding=1, bias=False), nn.BatchNorm2d(stem), nn.ReLU()]
        width = stem
        for block in blocks:
            layers += separable(width, block["width"], block["stride"])
            width = block["width"]
        self.features, self.head = nn.Sequential(*layers), nn.Linear(width, classes)

    def forward(self, images):
        return self.head(self.features(images).mean((2, 3)))


def prepare(sizes):
    batch, size, channels, classes = (sizes[k] for k in ("batch", "size", "channels", "classes"))
    model = DepthwiseNet(channels, sizes["stem"], sizes["blocks"], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=sizes["lr"])
    x, y = torch.rand(batch, channels, size, size), torch.randint(classes, (batch,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return sum(p.numel() for p in model.parameters()), step
