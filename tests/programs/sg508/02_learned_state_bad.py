import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, n_in, n_hidden, n_tags):
        super().__init__()
        self.h0 = nn.Parameter(torch.zeros(2, 1, n_hidden))
        self.c0 = nn.Parameter(torch.zeros(2, 1, n_hidden))
        self.lstm = nn.LSTM(n_in, n_hidden, num_layers=2)
        self.fc = nn.Linear(n_hidden, n_tags)

    def forward(self, x):
        h0 = self.h0.expand(-1, x.size(1), -1)
        c0 = self.c0.expand(-1, x.size(1), -1)
        out, _ = self.lstm(x, (h0, c0))  # !SG508
        return self.fc(out)


# run: Tagger(3, 5, 2)(torch.randn(6, 4, 3))
