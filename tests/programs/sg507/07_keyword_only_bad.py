import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.gru = nn.GRU(dim, dim, num_layers=2, batch_first=True)

    def forward(self, x, *, initial_state=None):  # !SG507
        y, last = self.gru(x)
        return y + x, last

# run: Decoder(3)(torch.randn(2, 4, 3))
