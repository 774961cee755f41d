import torch
import torch.nn as nn


class BiRNN(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers=2, bidirectional=True):
        super().__init__()
        self.n_hidden = n_hidden
        self.n_layers = n_layers
        self.num_directions = 2 if bidirectional else 1
        self.lstm = nn.LSTM(n_in, n_hidden, n_layers, bidirectional=bidirectional)

    def init_hidden(self, batch_size, like):
        shape = (self.n_layers, batch_size, self.n_hidden)
        return like.new_zeros(shape), like.new_zeros(shape)  # ~SG501

    def forward(self, x):
        out, _ = self.lstm(x, self.init_hidden(x.size(1), x))  # !SG501
        return out


print(BiRNN(5, 7)(torch.randn(6, 3, 5)).shape)
