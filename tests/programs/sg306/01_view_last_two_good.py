import torch
import torch.nn as nn


class Apart(nn.Module):
    def __init__(self, hidden=7):
        super().__init__()
        self.hidden = hidden
        self.lstm = nn.LSTM(5, hidden, bidirectional=True)

    def forward(self, x):
        out, _ = self.lstm(x)
        out = out.view(out.size(0), out.size(1), 2, self.hidden).transpose(2, 3)
        return out.sum(-1)

# run: Apart()(torch.randn(6, 4, 5))
