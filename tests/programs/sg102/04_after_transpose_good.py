import torch
import torch.nn as nn


class TimeMajor(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers=2):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, num_layers=n_layers)
        self.head = nn.Linear(n_hidden, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        out = out.transpose(0, 1)
        last = out[:, -1]
        return torch.sigmoid(self.head(last))

# run: TimeMajor(5, 7)(torch.randn(9, 3, 5))
