import torch
from torch import nn


def prepare(sizes):
    batch, inputs, hidden, classes = (sizes[k] for k in ("batch", "inputs", "hidden", "classes"))
    model = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, classes))
    optimizer = torch.optim.Adam(model.parameters(), lr=sizes["lr"])
    x, y = torch.rand(batch, inputs), torch.randint(classes, (batch,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return sum(p.numel() for p in model.parameters()), step
