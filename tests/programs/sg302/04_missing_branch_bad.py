import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, bidirectional=True):
        super().__init__()
        self.bidirectional = bidirectional
        self.lstm = nn.LSTM(n_in, n_hidden, num_layers=2, bidirectional=bidirectional)

    def forward(self, x):
        _, (hidden, cell) = self.lstm(x)
        hidden = hidden[-1]  # !SG302
        return hidden

# run: Encoder(5, 7)(torch.randn(6, 3, 5))
