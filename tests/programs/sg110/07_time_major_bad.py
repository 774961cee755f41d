import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden)
        self.post = nn.Sequential(nn.BatchNorm1d(hidden), nn.ReLU())

    def forward(self, x):
        memory, state = self.rnn(x)
        return self.post(memory), state  # !SG110

# run: Encoder(5, 7)(torch.randn(4, 7, 5))
