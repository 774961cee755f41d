import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, vocab, emb_dim=6, hid_dim=8):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb_dim)
        self.rnn = nn.GRU(emb_dim + hid_dim, hid_dim)

    def forward(self, token, context):
        embedded = self.embedding(token).view(1, 4, -1)
        context = context.view(1, 4, 8)
        joined = torch.cat((embedded, context), dim=2)
        return self.rnn(joined)


Decoder(30)(torch.randint(0, 30, (4,)), torch.randn(4, 8))
