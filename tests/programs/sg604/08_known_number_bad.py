import torch
import torch.nn as nn

N_LAYERS = 3


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 8)

    def forward(self, x):
        for number in range(N_LAYERS):
            x, _ = self.lstm(x)  # !SG604
        return x

# run: Model()(torch.randn(6, 3, 8))
