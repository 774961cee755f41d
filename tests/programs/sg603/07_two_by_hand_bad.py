import torch
import torch.nn as nn


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.pair = [nn.LSTM(5, 7), nn.LSTM(7, 7)]  # !SG603

    def forward(self, x):
        x, _ = self.pair[0](x)
        x, _ = self.pair[1](x)
        return x

# run: Both()(torch.randn(6, 3, 5))
