import torch
from torch import nn


class Scorer(nn.Module):
    def __init__(self, dim=5, width=7):
        super().__init__()
        self.lstm = nn.LSTM(dim, width, batch_first=True)
        self.score = nn.Linear(width, 1)

    def forward(self, x):
        return self.score(self.lstm(x)[1][0][-1])


scorer = Scorer()
print(scorer(torch.randn(3, 6, 5)).squeeze(-1))
