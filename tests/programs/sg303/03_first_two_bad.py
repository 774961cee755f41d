import torch
from torch import nn


class Biencoder(nn.Module):
    def __init__(self, dim, hidden, layers=2):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden, num_layers=layers, bidirectional=True, batch_first=True)
        self.out = nn.Linear(hidden * 2, dim)

    def forward(self, x):
        _, h = self.rnn(x)
        both = torch.cat([h[0], h[1]], dim=1)  # !SG303
        return self.out(both)

# run: Biencoder(5, 7)(torch.randn(3, 4, 5))
