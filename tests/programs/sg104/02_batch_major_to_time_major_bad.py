import torch
import torch.nn as nn


class Stacked(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.GRU(5, 7, batch_first=True)
        self.second = nn.GRU(7, 3)

    def forward(self, x):
        out, _ = self.first(x)
        batch, steps, width = out.shape
        out = out.reshape(steps, batch, width)  # !SG104
        return self.second(out)[0][-1]

# run: Stacked()(torch.randn(4, 6, 5))
