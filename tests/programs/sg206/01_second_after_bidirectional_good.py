import torch
import torch.nn as nn


class CRNN(nn.Module):
    def __init__(self, n_in=10, hidden=8):
        super().__init__()
        self.rnn1 = nn.LSTM(n_in, hidden, bidirectional=True)
        self.rnn2 = nn.LSTM(hidden * 2, hidden, bidirectional=True)

    def forward(self, x):
        x, _ = self.rnn1(x)
        x, _ = self.rnn2(x)
        return x

# run: CRNN()(torch.randn(6, 2, 10))
