import torch
import torch.nn as nn


class Separator(nn.Module):
    def __init__(self, dim=6, num_stacks=2):
        super().__init__()
        self.num_stacks = num_stacks
        self.intra = nn.LSTM(dim, dim, batch_first=True)

    def forward(self, x):
        for i in range(self.num_stacks):
            out = self.intra(x)[0]  # !SG604
            x = x + out
        return x

# run: Separator()(torch.randn(3, 6, 6))
