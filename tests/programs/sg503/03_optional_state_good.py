import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.GRU(dim, hidden, batch_first=True)

    def forward(self, x, hx=None):
        if hx is None and self.training:
            hx = torch.normal(0.0, 1.0, size=(1, x.shape[0], self.hidden), device=x.device)
        return self.rnn(x, hx)

# run: Decoder(3, 5)(torch.randn(2, 4, 3))
