import torch
import torch.nn as nn


class Embedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.low = nn.LSTM(5, 6, batch_first=True, bidirectional=True)
        self.squash = nn.Linear(12, 7)
        self.high = nn.LSTM(7, 3, batch_first=True)

    def forward(self, x):
        steps, (h, _) = self.low(x)
        vec = torch.relu(self.squash(torch.cat((h[-2], h[-1]), dim=1)))
        out, _ = self.high(vec)  # !SG106
        return out

# run: Embedder()(torch.randn(4, 6, 5))
