import torch
import torch.nn as nn


class Pair(nn.Module):
    def __init__(self, n_in=5, hidden=7):
        super().__init__()
        self.rnn = nn.GRU(n_in, hidden, batch_first=True, bidirectional=True)

    def forward(self, x):
        _, h = self.rnn(x)
        return torch.cat([h[0], h[1]])  # !SG304

# run: Pair()(torch.randn(4, 6, 5))
