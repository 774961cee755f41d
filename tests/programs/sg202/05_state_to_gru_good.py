import torch
import torch.nn as nn


class Seq2Seq(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.encoder = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.decoder = nn.GRU(n_in, n_hidden, batch_first=True)

    def forward(self, src, tgt):
        _, state = self.encoder(src)
        out, _ = self.decoder(tgt, state[0])
        return out

# run: Seq2Seq(5, 7)(torch.randn(3, 8, 5), torch.randn(3, 4, 5))
