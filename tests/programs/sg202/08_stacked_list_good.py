import torch
import torch.nn as nn


class Stacked(nn.Module):
    def __init__(self, dim, depth):
        super().__init__()
        self.layers = nn.ModuleList([nn.LSTM(dim, dim, batch_first=True) for _ in range(depth)])
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(depth))

    def forward(self, x):
        for rnn, norm in zip(self.layers, self.norms):
            y, _ = rnn(norm(x))
            x = x + y
        return x

# run: Stacked(5, 3)(torch.randn(2, 6, 5))
