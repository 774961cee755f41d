"""Convolutions over time before a recurrent layer, the channels moved to the end each time."""

import torch
import torch.nn as nn


class ConvLSTM(nn.Module):
    def __init__(self, n_features, filters, hidden):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv1d(n_features, filters, 3, padding=1), nn.ReLU())
        self.pool = nn.MaxPool1d(2)
        self.lstm = nn.LSTM(filters, hidden, batch_first=True)
        self.norm = nn.BatchNorm1d(hidden)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        maps = self.pool(self.conv(x.transpose(1, 2)))
        out, _ = self.lstm(maps.permute(0, 2, 1))
        return self.fc(self.norm(out[:, -1, :]))

# run: ConvLSTM(5, 8, 7)(torch.randn(3, 6, 5))
