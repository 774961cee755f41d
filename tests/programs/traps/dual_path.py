"""A dual path: one layer runs along the chunks, the next across them."""

import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, kind, dim, hidden):
        super().__init__()
        self.intra = getattr(nn, kind)(dim, hidden, 1, batch_first=True)
        self.inter = getattr(nn, kind)(dim, hidden, 1, batch_first=True)
        self.back = nn.Linear(hidden, dim)
        self.out = nn.Linear(hidden, dim)

    def forward(self, x):
        b, n, k, s = x.shape
        y = x.permute(0, 3, 2, 1).contiguous().view(b * s, k, n)
        y = self.back(self.intra(y)[0]).view(b, s, k, n).permute(0, 3, 2, 1).contiguous() + x
        z = y.permute(0, 2, 3, 1).contiguous().view(b * k, s, n)
        z = self.out(self.inter(z)[0]).view(b, k, s, n).permute(0, 3, 1, 2)
        return y + z


block = Block("LSTM", 5, 7)
print(block(torch.ones(1, 5, 4, 6)).shape)
