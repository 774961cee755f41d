import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers=1, dropout=0.3, bidirectional=True, batch_first=False):
        super().__init__()
        self.n_layers = n_layers
        self.rnn = nn.LSTM(n_in, n_hidden, n_layers, dropout=dropout, bidirectional=bidirectional, batch_first=batch_first)

    def forward(self, x):
        out, (h, _) = self.rnn(x)
        return out[:, -1], h[-1]


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = Block(5, 7, n_layers=2, bidirectional=False, batch_first=True)
        self.b = Block(4, 7, 3, bidirectional=False, batch_first=True)

    def forward(self, a, b):
        (last_a, _), (_, state_b) = self.a(a), self.b(b)
        return last_a * state_b


print(Pair()(torch.randn(3, 6, 5), torch.randn(3, 8, 4)).shape)
