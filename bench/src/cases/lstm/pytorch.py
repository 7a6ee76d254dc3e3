import torch
from torch import nn


class SequenceClassifier(nn.Module):
    def __init__(self, width, layers, classes):
        super().__init__()
        self.lstm, self.head = nn.LSTM(width, width, layers, batch_first=True), nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.lstm(x)[1][0][-1])


def prepare(sizes):
    batch, length, width, classes = (sizes[k] for k in ("batch", "length", "width", "classes"))
    model = SequenceClassifier(width, sizes["layers"], classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=sizes["lr"])
    x, y = torch.rand(batch, length, width), torch.randint(classes, (batch,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return sum(p.numel() for p in model.parameters()), step
