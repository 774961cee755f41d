import torch
import torch.nn as nn


class Mixed(nn.Module):
    def __init__(self, dim=6, heads=2):
        super().__init__()
        self.rnn = nn.LSTM(dim, dim, bidirectional=True, batch_first=True)
        self.squash = nn.Linear(2 * dim, dim)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.fc = nn.Linear(dim, 3)

    def forward(self, x):
        out, (h, c) = self.rnn(x)
        out = self.squash(out)
        out = torch.cat([out, self.cls.expand(out.size(0), -1, -1)], dim=1)
        out, weights = self.attention(out, out, out)
        h = {0: out[:, -1], 1: out[:, 0]}
        hidden = (h[0], h[1])
        return self.fc(hidden[0]), weights[:, -1]

# run: Mixed()(torch.randn(2, 5, 6))
