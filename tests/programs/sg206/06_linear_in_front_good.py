import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, features, width, hidden):
        super().__init__()
        self.inp = nn.Sequential(nn.Linear(features, width), nn.ReLU())
        self.gru = nn.GRU(input_size=width, hidden_size=hidden, batch_first=True)

    def forward(self, x):
        return self.gru(self.inp(x))


Model(3, 11, 4)(torch.randn(2, 5, 3))
