import torch
import torch.nn as nn


class Stack(nn.Module):
    def __init__(self, n_in=3, width=5):
        super().__init__()
        self.lower = nn.LSTM(n_in, width)
        self.upper = nn.LSTM(width, width)
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        x, _ = self.lower(x)
        x = torch.relu(x)
        x, _ = self.upper(x)
        return self.out(x[-1])


Stack()(torch.randn(6, 2, 3)).sum().backward()
