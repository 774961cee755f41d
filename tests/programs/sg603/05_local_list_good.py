import torch
import torch.nn as nn


class Pyramid(nn.Module):
    def __init__(self, sizes=(5, 7, 9)):
        super().__init__()
        layers = []
        for n_in, n_out in zip(sizes[:-1], sizes[1:]):
            layers.append(nn.GRU(n_in, n_out))
        self.layers = nn.ModuleList(layers)

    def forward(self, x):
        for layer in self.layers:
            x, _ = layer(x)
        return x

# run: Pyramid()(torch.randn(6, 3, 5))
