import torch
import torch.nn as nn


class Listener(nn.Module):
    def __init__(self, dim=6, hidden=5):
        super().__init__()
        self.hidden = hidden
        self.one = nn.GRU(dim, hidden, bidirectional=True, batch_first=True)
        self.two = nn.GRU(hidden, hidden, batch_first=True)

    def forward(self, x):
        y, _ = self.one(x)
        y = y[..., : self.hidden].repeat(1, 1, 2)
        y, _ = self.two(y)  # !SG206
        return y


Listener()(torch.randn(2, 4, 6))
