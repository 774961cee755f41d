import torch
import torch.nn as nn


class SeqAutoencoder(nn.Module):
    def __init__(self, n_features, dim):
        super().__init__()
        self.encoder = nn.LSTM(n_features, dim, batch_first=True)
        self.decoder = nn.LSTM(dim, n_features, batch_first=True)

    def forward(self, x):
        out, (h, c) = self.encoder(x)
        code = h.squeeze(0).unsqueeze(1).repeat(1, x.size(1), 1)
        rebuilt, _ = self.decoder(code)
        return rebuilt

# run: SeqAutoencoder(3, 5)(torch.randn(4, 6, 3))
