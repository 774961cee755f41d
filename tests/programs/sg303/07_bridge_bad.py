import torch
import torch.nn as nn


class Bridge(nn.Module):
    def __init__(self, dim=5, hidden=7, enc_layers=2):
        super().__init__()
        self.encoder = nn.LSTM(dim, hidden, num_layers=enc_layers, batch_first=True)
        self.decoder = nn.GRU(dim, hidden, batch_first=True)

    def forward(self, src, tgt):
        _, (h, _) = self.encoder(src)
        start = h[:1]  # !SG303
        return self.decoder(tgt, start)[0]


print(Bridge()(torch.randn(3, 6, 5), torch.randn(3, 4, 5)).shape)
