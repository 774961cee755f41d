import torch
import torch.nn as nn

N_LAYERS = 3


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        for number in range(N_LAYERS):
            setattr(self, f"lstm_{number}", nn.LSTM(8, 8))

    def forward(self, x):
        for number in range(N_LAYERS):
            lstm = getattr(self, f"lstm_{number}")
            x, _ = lstm(x)
        return x

# run: Model()(torch.randn(6, 3, 8))
