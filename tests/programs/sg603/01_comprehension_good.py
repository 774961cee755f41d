import torch
import torch.nn as nn


class Stack(nn.Module):
    def __init__(self, size, depth):
        super().__init__()
        self.rnns = nn.ModuleList([nn.GRU(size, size) for _ in range(depth)])

    def forward(self, x):
        for rnn in self.rnns:
            x, _ = rnn(x)
        return x

# run: Stack(5, 2)(torch.randn(6, 3, 5))
