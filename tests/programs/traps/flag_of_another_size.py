"""A flag that all calls set, with sizes that only suit its value: the other branch is right."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, n_in, hidden, width, both):
        super().__init__()
        self.both = both
        self.rnn = nn.LSTM(n_in, hidden, bidirectional=both)
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        if self.both:
            return self.head(torch.cat((h[0], h[1]), dim=-1))
        return self.head(h[-1])


class Stacked(nn.Module):
    def __init__(self, n_in, hidden, layers, kind):
        super().__init__()
        self.kind = kind
        self.n_layers = layers
        if kind == "lstm":
            self.rnn = nn.LSTM(n_in, hidden, layers)
        else:
            self.rnn = nn.GRU(n_in, hidden, layers)
        self.hidden = hidden

    def forward(self, x, state):
        return self.rnn(x, state)

    def init_hidden(self, batch):
        if self.kind == "lstm":
            h = torch.zeros(self.n_layers, batch, self.hidden)
            return h, torch.zeros_like(h)
        return torch.zeros(self.n_layers, batch, self.hidden)


print(Net(5, 6, 6, False)(torch.randn(9, 4, 5)).shape)
gru = Stacked(5, 6, 1, "gru")
print(gru(torch.randn(9, 4, 5), gru.init_hidden(4))[0].shape)
