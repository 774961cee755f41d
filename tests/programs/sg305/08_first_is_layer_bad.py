import torch
import torch.nn as nn


class TwoLayer(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, num_layers=2, batch_first=True)
        self.low = nn.Linear(n_hidden, 1)
        self.high = nn.Linear(n_hidden, 1)

    def forward(self, x):
        _, h = self.rnn(x)
        top = h[:, -1, :]  # !SG305
        return self.low(top) + self.high(top)

# run: TwoLayer(5, 7)(torch.randn(4, 6, 5))
