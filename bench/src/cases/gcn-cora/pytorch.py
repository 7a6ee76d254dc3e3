import gzip
import json
import os

import torch
from torch import nn


def cora(sizes):
    """Edges [E, 2], words as (node, word) pairs and labels, from the folder PAPERWORKS_DATA; or random ones of its size."""
    for name in ("planetoid/cora.json.gz", "cora.json.gz"):
        path = os.path.join(os.environ.get("PAPERWORKS_DATA", "/nowhere"), name)
        if os.path.exists(path):
            with gzip.open(path) as file:
                graph = json.load(file)
            words = [(node, word) for node, own in enumerate(graph["featureIndices"]) for word in own]
            return torch.tensor(graph["edges"]), torch.tensor(words), torch.tensor(graph["labels"]), graph["train"]
    nodes, features = sizes["nodes"], sizes["features"]
    edges = torch.randint(nodes, (sizes["edges"], 2))
    words = torch.stack([torch.arange(nodes).repeat(sizes["wordsPerNode"]), torch.randint(features, (nodes * sizes["wordsPerNode"],))], 1)
    return edges, words, torch.randint(sizes["classes"], (nodes,)), list(range(sizes["labelled"]))


def sparse(indices, values, shape):
    return torch.sparse_coo_tensor(indices, values, shape).coalesce()


class Gcn(nn.Module):
    """Both products with sparse matrices: the words of a node are few, like its neighbours."""

    def __init__(self, features, hidden, classes):
        super().__init__()
        self.weights = nn.ParameterList([torch.empty(features, hidden), torch.empty(hidden, classes)])
        self.biases = nn.ParameterList([torch.zeros(hidden), torch.zeros(classes)])
        for weight in self.weights:
            nn.init.xavier_uniform_(weight)

    def forward(self, adjacency, words):
        (w1, w2), (b1, b2) = self.weights, self.biases
        h = torch.relu(torch.sparse.mm(adjacency, torch.sparse.mm(words, w1)) + b1)
        return torch.sparse.mm(adjacency, h @ w2) + b2


def prepare(sizes):
    edges, words, labels, train = cora(sizes)
    n = sizes["nodes"]
    loops = torch.arange(n)
    pairs = torch.cat([edges.T, edges.T.flip(0), torch.stack([loops, loops])], 1).unique(dim=1)
    scale = torch.bincount(pairs[0], minlength=n).float().rsqrt()
    adjacency = sparse(pairs, scale[pairs[0]] * scale[pairs[1]], (n, n))
    words = sparse(words.T, torch.ones(len(words)), (n, sizes["features"]))
    model = Gcn(sizes["features"], sizes["hidden"], sizes["classes"])
    optimizer = torch.optim.Adam(model.parameters(), lr=sizes["lr"])
    chosen = torch.tensor(train)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(adjacency, words)[chosen], labels[chosen])
        loss.backward()
        optimizer.step()
        return loss.item()

    return sum(p.numel() for p in model.parameters()), step
