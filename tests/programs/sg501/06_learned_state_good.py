import torch
import torch.nn as nn


class Learned(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers=2):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, n_layers, batch_first=True)
        self.h0 = nn.Parameter(torch.zeros(n_layers, 1, n_hidden))

    def forward(self, x):
        h0 = self.h0.expand(-1, x.size(0), -1).contiguous()
        out, h = self.rnn(x, h0)
        return out, h

# run: Learned(5, 7)(torch.randn(3, 6, 5))
