import torch
import torch.nn as nn


class Top(nn.Module):
    def __init__(self, n_in=5, hidden=7, layers=3):
        super().__init__()
        self.hidden, self.layers = hidden, layers
        self.rnn = nn.LSTM(n_in, hidden, layers, bidirectional=True)
        self.head = nn.Linear(2 * hidden, 4)

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        h = h.view(self.layers, 2, x.shape[1], self.hidden).transpose(0, 1)
        return self.head(torch.cat((h[0, -1], h[1, -1]), dim=-1))

# run: Top()(torch.randn(6, 4, 5))
