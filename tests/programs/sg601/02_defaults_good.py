import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, emb_dim, hid_dim, n_layers=1, dropout=0.3):
        super().__init__()
        self.rnn = nn.GRU(emb_dim, hid_dim, n_layers, dropout=dropout if n_layers > 1 else 0.0)
        self.drop = nn.Dropout(dropout)

    def forward(self, x, h):
        out, h = self.rnn(self.drop(x), h)
        return out, h

# run: Decoder(5, 7)(torch.randn(4, 3, 5), torch.zeros(1, 3, 7))
