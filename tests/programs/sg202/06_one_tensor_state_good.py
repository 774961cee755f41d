import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, cell="lstm"):
        super().__init__()
        self.rnn = {"lstm": nn.LSTM, "gru": nn.GRU}[cell](5, 7, num_layers=2)

    def forward(self, x):
        h0 = x.new_zeros(2, x.size(1), 7)
        out, _ = self.rnn(x, h0)
        return out


print(Model("gru")(torch.randn(6, 3, 5)).shape)
