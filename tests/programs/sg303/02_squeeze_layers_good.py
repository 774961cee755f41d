import torch
import torch.nn as nn


class Regressor(nn.Module):
    def __init__(self, n_layers=1):
        super().__init__()
        self.rnn = nn.GRU(5, 7, n_layers)
        self.head = nn.Linear(7, 1)

    def forward(self, x):
        _, h = self.rnn(x)
        h = h.squeeze(0)
        return self.head(h)


reg = Regressor()
print(reg(torch.randn(8, 4, 5)))
