import torch
import torch.nn as nn


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 7, bidirectional=True)
        self.fc = nn.Linear(7, 1)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        forward, backward = h[-2], h[-1]
        joined = torch.cat((forward, backward), 0)  # !SG304
        return self.fc(joined)

# run: Scorer()(torch.randn(6, 4, 5))
