import torch
import torch.nn as nn


class Translate(nn.Module):
    def __init__(self, vocab, dim, hidden, enc_depth, dec_layers, bidirectional=True):
        super().__init__()
        self.bidirectional = bidirectional
        self.dec_layers = dec_layers
        self.embed = nn.Embedding(vocab, dim)
        self.encoder = nn.LSTM(dim, hidden, enc_depth, bidirectional=bidirectional)
        self.decoder = nn.LSTM(dim, hidden, dec_layers)

    def forward(self, src, tgt):
        _, (h, c) = self.encoder(self.embed(src))
        if self.bidirectional:
            h = (h[0::2] + h[1::2])[-self.dec_layers :]
            c = (c[0::2] + c[1::2])[-self.dec_layers :]
        return self.decoder(self.embed(tgt), (h, c))[0]

# run: Translate(11, 5, 7, 3, 2)(torch.randint(0, 11, (6, 3)), torch.randint(0, 11, (4, 3)))
