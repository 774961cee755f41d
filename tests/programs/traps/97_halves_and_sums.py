import torch
import torch.nn as nn


class Pyramid(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.first = nn.LSTM(dim, hidden, bidirectional=True, batch_first=True)
        self.second = nn.LSTM(4 * hidden, hidden // 2, bidirectional=True, batch_first=True)
        self.third = nn.GRU(hidden, dim, batch_first=True)

    def forward(self, x):
        x, _ = self.first(x)
        n, t, f = x.shape
        x, _ = self.second(x.reshape(n, t // 2, f * 2))
        return self.third(x)[0]


print(Pyramid(3, 8)(torch.randn(2, 6, 3)).shape)
