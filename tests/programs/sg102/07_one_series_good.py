import torch
import torch.nn as nn


class Series(nn.Module):
    def __init__(self, n_in=3, n_hidden=6):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.out = nn.Linear(n_hidden, 1)

    def forward(self, series):
        states, _ = self.lstm(series)
        return self.out(states[-1])


model = Series()
history = torch.randn(24, 3)
print(model(history))
