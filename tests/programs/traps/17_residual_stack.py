import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, dim, depth, p=0.1):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(depth):
            self.layers.append(
                nn.ModuleDict({"rnn": nn.LSTM(dim, dim // 2, bidirectional=True), "norm": nn.LayerNorm(dim)})
            )
        self.p = p

    def forward(self, x):
        for layer in self.layers:
            residual = x
            x, (h, c) = layer["rnn"](layer["norm"](x))
            x = residual + nn.functional.dropout(x, p=self.p, training=self.training)
        return x

# run: Residual(8, 3)(torch.randn(6, 2, 8))
