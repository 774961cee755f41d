import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self, emb, hidden):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.RNN(emb, hidden)

    def forward(self, x):
        h = x.new_zeros(1, x.size(0), self.hidden)  # !SG501
        out, h = self.rnn(x, h)  # ~SG501
        return out, h

# run: Decoder(5, 7)(torch.randn(6, 3, 5))
