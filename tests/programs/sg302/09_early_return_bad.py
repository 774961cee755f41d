import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, dim, hidden, bidirectional):
        super().__init__()
        self.bidirectional = bidirectional
        self.rnn = nn.GRU(dim, hidden, 2, bidirectional=bidirectional)

    def forward(self, x):
        _, h = self.rnn(x)
        if not self.bidirectional:
            return h[-1]
        h = h.view(2, 2, *h.shape[1:])[-1]
        return h[0]  # !SG302


for flag in (True, False):
    print(Encoder(5, 7, flag)(torch.randn(6, 3, 5)).shape)
both_ways = Encoder(5, 7, bidirectional=True)
