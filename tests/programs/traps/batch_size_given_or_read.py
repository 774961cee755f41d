import torch
import torch.nn as nn


class Given(nn.Module):
    def __init__(self, batch_size, n_hidden):
        super().__init__()
        self.batch_size, self.n_hidden = batch_size, n_hidden
        self.gru = nn.GRU(5, n_hidden)

    def init_hidden(self, weight, batch_size=None):
        if batch_size is None:
            batch_size = self.batch_size
        return weight.new_zeros(1, batch_size, self.n_hidden)

    def forward(self, x):
        return self.gru(x, self.init_hidden(x, x.size(1)))[0]


class Read(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(5, n_hidden)

    def forward(self, x, batch_size=None):
        if batch_size is None:
            batch_size = x.size(1)
        return self.gru(x, x.new_zeros(1, batch_size, self.n_hidden))[0]

# run: (Given(3, 4)(torch.randn(6, 2, 5)), Read(4)(torch.randn(6, 3, 5)))
