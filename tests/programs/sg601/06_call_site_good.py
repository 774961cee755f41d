import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in, n_hidden, num_layers=2, dropout=0.2):
        super().__init__()
        self.rnn = nn.RNN(n_in, n_hidden, num_layers=num_layers, dropout=dropout)

    def forward(self, x):
        return self.rnn(x)[1][-1]


def build():
    return Net(5, 7, num_layers=1, dropout=0)


print(build()(torch.randn(6, 3, 5)).shape)
