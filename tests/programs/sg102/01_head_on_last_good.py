import torch
import torch.nn as nn


class ActivityNet(nn.Module):
    def __init__(self, n_features, n_hidden, n_classes):
        super().__init__()
        self.lstm = nn.LSTM(n_features, n_hidden)
        self.fc = nn.Linear(n_hidden, n_classes)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[-1])


net = ActivityNet(5, 7, 3)
scores = net(torch.randn(6, 9, 5))
print(scores.shape)
