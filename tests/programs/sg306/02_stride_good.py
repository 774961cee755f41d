import torch
import torch.nn as nn


class Sum(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 7, batch_first=True, bidirectional=True)

    def forward(self, x):
        out, _ = self.gru(x)
        forward = out[..., :7]
        return torch.tanh(forward)

# run: Sum()(torch.randn(4, 6, 5))
