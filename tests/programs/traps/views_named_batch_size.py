"""Views whose first size is called batch_size and is the batch at hand, or another thing."""

import torch
from torch import nn
from torch.utils.data import DataLoader

chunk = 4


class Local(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        batch_size, steps, _ = x.shape
        out = self.gru(x)[0].reshape(-1, 6)
        return self.fc(out).view(batch_size, steps)


class Measured(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        self.batch_size = len(x)
        out = self.gru(x)[0].reshape(-1, 6)
        return self.fc(out).view(self.batch_size, -1)


class Given(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x, batch_size):
        out = self.gru(x)[0].reshape(-1, 6)
        return self.fc(out).view(batch_size, -1)


for x in DataLoader(torch.randn(10, 7, 5), batch_size=chunk):
    print(Local()(x).shape, Measured()(x).shape, Given()(x, len(x)).shape)
