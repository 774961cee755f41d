import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, size=5, num_layers=3):
        super().__init__()
        self.num_layers = num_layers
        self.lstm = nn.LSTM(size, size, batch_first=True)

    def forward(self, x):
        for i in range(self.num_layers):
            x, _ = self.lstm(x)  # !SG604
        return x

# run: Encoder()(torch.randn(3, 6, 5))
