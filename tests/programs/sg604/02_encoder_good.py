import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, size=5, num_layers=3):
        super().__init__()
        self.num_layers = num_layers
        self.lstms = nn.ModuleList(
            nn.LSTM(size, size, batch_first=True) for _ in range(num_layers)
        )

    def forward(self, x):
        for i in range(self.num_layers):
            x, _ = self.lstms[i](x)
        return x

# run: Encoder()(torch.randn(3, 6, 5))
