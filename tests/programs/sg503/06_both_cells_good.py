import torch
import torch.nn as nn
import torch.nn.functional as F


class Stacked(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n
        self.first = nn.RNNCell(n, n)

    def forward(self, xs):
        h = torch.empty(xs.shape[1], self.n, device=xs.device).zero_()
        outs = []
        for x in xs:
            h = self.first(x, h)
            outs.append(F.relu(h))
        return torch.stack(outs)

# run: Stacked(3)(torch.randn(4, 2, 3))
