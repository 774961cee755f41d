import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self, dim, hidden, layers=2, batch_first=True):
        super().__init__()
        self.rnn = nn.LSTM(dim, hidden, layers, True, batch_first)
        self.out = nn.Linear(hidden, dim)

    def forward(self, x, state=None):
        y, state = self.rnn(x, state)
        return self.out(y), state


dec = Decoder(5, 7)
y, state = dec(torch.randn(3, 3, 5))
print(y.shape)
