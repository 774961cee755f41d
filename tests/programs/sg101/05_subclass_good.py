import torch
from torch import nn


class LastState(nn.LSTM):
    """An LSTM that returns only its summary."""

    def __init__(self, input_size, hidden_size, **kwargs):
        super().__init__(input_size, hidden_size, **kwargs)

    def forward(self, x):
        output, _ = super().forward(x)
        return output[:, -1]


layer = LastState(5, 7, batch_first=True)
print(layer(torch.randn(3, 8, 5)).shape)
