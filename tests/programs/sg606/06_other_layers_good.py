import torch
import torch.nn as nn


class Mixed(nn.Module):
    def __init__(self, size=5, num_layers=2):
        super().__init__()
        self.num_layers = num_layers
        self.gru = nn.GRU(size, size)
        self.head = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])

    def forward(self, x):
        x, _ = self.gru(x)
        for layer in self.head:
            x = layer(x)
        return x

# run: Mixed()(torch.randn(6, 3, 5))
