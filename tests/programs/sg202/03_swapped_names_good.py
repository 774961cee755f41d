import torch
import torch.nn as nn


class Reader(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden)

    def forward(self, x):
        output, (h, c) = self.lstm(x)
        return output, h, c

# run: Reader(5, 7)(torch.randn(6, 3, 5))
