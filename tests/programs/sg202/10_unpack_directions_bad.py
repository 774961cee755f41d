import torch
import torch.nn as nn


class Directions(nn.Module):
    def __init__(self, dim=5, hidden=7):
        super().__init__()
        self.rnn = nn.LSTM(dim, hidden, bidirectional=True)

    def forward(self, x):
        out, last, _ = self.rnn(x)  # !SG202
        fwd, bwd = last
        return torch.cat((fwd, bwd), dim=1)


print(Directions()(torch.randn(6, 3, 5)).shape)
