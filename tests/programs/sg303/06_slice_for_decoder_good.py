import torch
import torch.nn as nn


class Seq2Seq(nn.Module):
    def __init__(self, dim, hidden, n_layers=2):
        super().__init__()
        self.n_layers = n_layers
        self.encoder = nn.GRU(dim, hidden, n_layers)
        self.decoder = nn.GRU(dim, hidden, n_layers)

    def forward(self, src, tgt):
        memory, h = self.encoder(src)
        out, _ = self.decoder(tgt, h[: self.n_layers])
        return out

# run: Seq2Seq(5, 7)(torch.randn(6, 3, 5), torch.randn(4, 3, 5))
