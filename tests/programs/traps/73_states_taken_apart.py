import torch
import torch.nn as nn


class Bridge(nn.Module):
    def __init__(self, n_in=5, hidden=7, layers=2):
        super().__init__()
        self.hidden, self.layers = hidden, layers
        self.encoder = nn.GRU(n_in, hidden, layers, bidirectional=True, batch_first=True)
        self.decoder = nn.GRU(n_in, 2 * hidden, layers, batch_first=True)

    def forward(self, x, y):
        batch = x.size(0)
        _, h = self.encoder(x)
        h = h.view(self.layers, 2, batch, self.hidden)
        h = h.permute(0, 2, 1, 3).reshape(self.layers, batch, 2 * self.hidden)
        return self.decoder(y, h.contiguous())[0]


print(Bridge()(torch.randn(4, 6, 5), torch.randn(4, 3, 5)).shape)
