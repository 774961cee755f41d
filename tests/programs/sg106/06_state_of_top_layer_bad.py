import torch
import torch.nn as nn


class Seq2Vec2Seq(nn.Module):
    def __init__(self, d=4, h=6):
        super().__init__()
        self.enc = nn.GRU(d, h, num_layers=2)
        self.dec = nn.RNN(h, d)

    def forward(self, src):
        _, hidden = self.enc(src)
        top = hidden[-1]
        decoded = self.dec(top)[0]  # !SG106
        return decoded

# run: Seq2Vec2Seq()(torch.randn(5, 3, 4))
