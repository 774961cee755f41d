import torch
import torch.nn as nn
import torch.nn.functional as F


class Stack(nn.Module):
    def __init__(self, sizes=(5, 7, 7)):
        super().__init__()
        self.stack = self.build(sizes)

    def build(self, sizes):
        layers = nn.ModuleList()
        for n_in, n_out in zip(sizes[:-1], sizes[1:]):
            layers.append(nn.LSTM(n_in, n_out))
        layers.append(nn.LSTM(sizes[-1], 3))
        return layers

    def forward(self, x):
        for layer in self.stack:
            x, _ = layer(x)
        return x

# run: Stack()(torch.randn(6, 3, 5))
