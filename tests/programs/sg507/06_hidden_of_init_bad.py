import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, dim, n_hidden, batch):
        super().__init__()
        self.rnn = nn.RNN(dim, n_hidden)
        self.h0 = torch.zeros(1, batch, n_hidden)  # !SG507

    def forward(self, x):
        return self.rnn(x)[0]

# run: Tagger(3, 5, 2)(torch.randn(4, 2, 3))
