import torch
import torch.nn as nn


class Seq2Seq(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.encoder = nn.GRU(n_in, n_hidden, num_layers=2, bidirectional=True)
        self.decoder = nn.GRU(n_in, n_hidden, num_layers=2)

    def forward(self, source, target):
        _, h_n = self.encoder(source)
        by_layer = h_n.view(2, 2, source.size(1), self.n_hidden)
        forward, backward = by_layer[:, 0], by_layer[:, 1]
        out, _ = self.decoder(target, forward.contiguous())
        return out, backward


# run: Seq2Seq(3, 5)(torch.randn(6, 4, 3), torch.randn(7, 4, 3))
