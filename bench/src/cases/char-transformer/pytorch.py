import math

import torch
from torch import nn


class Block(nn.Module):
    """Pre-norm, with queries, keys and values in one product, as is usual in PyTorch."""

    def __init__(self, dim, heads, length):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.output = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.register_buffer("bias", torch.full((length, length), -1e30).triu(1))

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (a.view(b, t, self.heads, -1).transpose(1, 2) for a in self.qkv(self.norm1(x)).split(d, -1))
        scores = (q / math.sqrt(d // self.heads)) @ k.transpose(-2, -1) + self.bias
        x = x + self.output((scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d))
        return x + self.mlp(self.norm2(x))


class CharTransformer(nn.Module):
    def __init__(self, length, dim, heads, layers, vocabulary):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, dim), nn.Embedding(length, dim)
        self.blocks = nn.Sequential(*(Block(dim, heads, length) for _ in range(layers)))
        self.norm, self.head = nn.LayerNorm(dim), nn.Linear(dim, vocabulary)

    def forward(self, ids):
        return self.head(self.norm(self.blocks(self.tokens(ids) + self.positions.weight)))


def prepare(sizes):
    model = CharTransformer(*(sizes[k] for k in ("length", "dim", "heads", "layers", "vocabulary")))
    optimizer = torch.optim.Adam(model.parameters(), lr=sizes["lr"])
    ids, targets = torch.randint(sizes["vocabulary"], (2, sizes["batch"], sizes["length"]))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
        loss.backward()
        optimizer.step()
        return loss.item()

    return sum(p.numel() for p in model.parameters()), step
