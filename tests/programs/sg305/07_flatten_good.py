import torch
from torch import nn


class Head(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.gru = nn.GRU(dim, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(hidden * 2, 3)

    def forward(self, x):
        batch = x.shape[0]
        state = self.gru(x)[1].permute(1, 0, 2)
        state = state.reshape(batch, -1)
        return self.fc(state)


print(Head(5, 7)(torch.randn(4, 6, 5)).shape)
