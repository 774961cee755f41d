import torch
import torch.nn as nn


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 7, batch_first=True)
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.fc = nn.Linear(7, 2)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(self.pool(out.transpose(1, 2)).squeeze(2))

# run: Pooled()(torch.randn(3, 6, 5))
