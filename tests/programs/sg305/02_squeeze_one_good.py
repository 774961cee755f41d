import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 7, batch_first=True)
        self.mu = nn.Linear(7, 2)
        self.logvar = nn.Linear(7, 2)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        h = h.squeeze(0)
        return self.mu(h), self.logvar(h)


mu, logvar = Encoder()(torch.randn(6, 9, 5))
print(mu.shape, logvar.shape)
