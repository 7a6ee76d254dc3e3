import torch
from torch import nn


class Spike(torch.autograd.Function):
    """[u > 0], its derivative taken for 1/(1 + k|u|)^2."""

    slope = 1.0

    @staticmethod
    def forward(ctx, u):
        ctx.save_for_backward(u)
        return (u > 0).float()

    @staticmethod
    def backward(ctx, g):
        (u,) = ctx.saved_tensors
        return g / (Spike.slope * u.abs() + 1).square()


class SpikingMlp(nn.Module):
    def __init__(self, inputs, hidden, classes, decay, threshold):
        super().__init__()
        self.hidden, self.output = nn.Linear(inputs, hidden), nn.Linear(hidden, classes)
        self.decay, self.threshold = decay, threshold

    def fire(self, v, s, current):
        v = self.decay * v + current - self.threshold * s
        return v, Spike.apply(v - self.threshold)

    def forward(self, x):
        currents = self.hidden(x)
        v = s = torch.zeros_like(currents[0])
        u = r = torch.zeros(x.shape[1], self.output.out_features)
        counts = r
        for current in currents:
            v, s = self.fire(v, s, current)
            u, r = self.fire(u, r, self.output(s))
            counts = counts + r
        return counts


def prepare(sizes):
    steps, batch, inputs, classes = (sizes[k] for k in ("steps", "batch", "inputs", "classes"))
    Spike.slope = sizes["slope"]
    model = SpikingMlp(inputs, sizes["hidden"], classes, sizes["decay"], sizes["threshold"])
    optimizer = torch.optim.Adam(model.parameters(), lr=sizes["lr"])
    x, y = (torch.rand(steps, batch, inputs) < sizes["rate"]).float(), torch.randint(classes, (batch,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return sum(p.numel() for p in model.parameters()), step
