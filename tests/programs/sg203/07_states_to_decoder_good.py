import torch
import torch.nn as nn


class Captioner(nn.Module):
    def __init__(self, dim, hidden, n_classes):
        super().__init__()
        self.enc = nn.LSTM(dim, hidden)
        self.dec = nn.LSTM(dim, hidden)
        self.topic = nn.Linear(hidden, n_classes)

    def forward(self, src, tgt):
        hidden = self.enc(src)[1]
        h, c = hidden
        out, _ = self.dec(tgt, (h, c))
        topic = self.topic(h.squeeze(0))
        return out, topic


m = Captioner(5, 7, 3)
print(m(torch.randn(6, 2, 5), torch.randn(4, 2, 5))[1].shape)
