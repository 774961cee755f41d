import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.gru = nn.GRU(dim, dim, num_layers=2, batch_first=True)

    def forward(self, x, *, initial_state=None):
        y, last = self.gru(x, initial_state)
        return y + x, last

# run: Decoder(3)(torch.randn(2, 4, 3))
