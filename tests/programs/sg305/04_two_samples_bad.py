import torch
import torch.nn as nn


class Pooler(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.rnn = nn.LSTM(dim, hidden, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * hidden, 1)

    def forward(self, x):
        _, (h, c) = self.rnn(x)
        pooled = torch.cat([h[:, 0], h[:, 1]], dim=1)  # !SG305
        return self.fc(pooled)


print(Pooler(5, 7)(torch.randn(4, 6, 5)).shape)
