import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in=5, hidden=7):
        super().__init__()
        self.lstm = nn.LSTM(n_in, hidden, batch_first=True)
        self.bn = nn.BatchNorm1d(hidden)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        out = self.bn(out)  # !SG110
        return self.fc(out[:, -1])
