import torch
from torch import nn


def conv3x3(inputs, outputs, stride):
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.norm1 = conv3x3(inputs, outputs, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.norm2 = conv3x3(outputs, outputs, 1), nn.BatchNorm2d(outputs)
        same = inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)

    def forward(self, x):
        h = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(h)) + self.shortcut(x))


class ResNet8(nn.Module):
    def __init__(self, channels, widths, classes):
        super().__init__()
        self.stem = nn.Sequential(conv3x3(channels, widths[0], 1), nn.BatchNorm2d(widths[0]), nn.ReLU())
        before = [widths[0], *widths]
        self.blocks = nn.Sequential(*(BasicBlock(before[i], w, 1 if i == 0 else 2) for i, w in enumerate(widths)))
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, images):
        return self.head(self.blocks(self.stem(images)).mean((2, 3)))


def prepare(sizes):
    batch, size, channels, classes = (sizes[k] for k in ("batch", "size", "channels", "classes"))
    model = ResNet8(channels, sizes["widths"], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=sizes["lr"])
    x, y = torch.rand(batch, channels, size, size), torch.randint(classes, (batch,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return sum(p.numel() for p in model.parameters()), step
