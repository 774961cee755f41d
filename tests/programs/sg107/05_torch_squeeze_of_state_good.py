import torch
import torch.nn as nn


class Siamese(nn.Module):
    def __init__(self, dim=5, hidden=7):
        super().__init__()
        self.encoder = nn.GRU(dim, hidden)
        self.match = nn.Linear(2 * hidden, 1)

    def encode(self, x):
        hidden = self.encoder(x)[1]
        return torch.squeeze(hidden, 0)

    def forward(self, left, right):
        both = torch.cat([self.encode(left), self.encode(right)], dim=1)
        return self.match(both)

# run: Siamese()(torch.randn(6, 4, 5), torch.randn(6, 4, 5))
