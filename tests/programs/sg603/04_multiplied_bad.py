import torch
import torch.nn as nn


class Deep(nn.Module):
    def __init__(self, size=5, layers=3):
        super().__init__()
        self.layers = nn.ModuleList([nn.LSTM(size, size)] * layers)  # !SG603

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)[0]
        return x

# run: Deep()(torch.randn(6, 3, 5))
