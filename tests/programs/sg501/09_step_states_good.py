import torch
import torch.nn as nn


class Bank(nn.Module):
    def __init__(self, n_in: int, n_hidden: int, n_layers: int = 1, bidirectional: bool = True):
        super().__init__()
        self.rnn = nn.RNN(n_in, n_hidden, n_layers, bidirectional=bidirectional)
        self.layers = n_layers * 2 if bidirectional else n_layers

    def forward(self, x):
        T, B, _ = x.shape
        h0 = torch.zeros(self.layers, B, self.rnn.hidden_size).to(x)
        out, _ = self.rnn(x, h0)
        return out

# run: Bank(5, 7)(torch.randn(6, 3, 5))
