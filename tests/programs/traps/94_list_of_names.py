import torch
import torch.nn as nn
import torch.nn.functional as F


class Bank(nn.Module):
    def __init__(self, names=("a", "b")):
        super().__init__()
        self.names = []
        for name in names:
            self.add_module(name, nn.GRU(5, 7))
            self.names.append(name)

    def forward(self, x):
        return [getattr(self, name)(x)[0] for name in self.names]

# run: Bank()(torch.randn(6, 3, 5))
