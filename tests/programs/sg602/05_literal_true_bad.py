import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, vocab=20, dim=5, hidden=7):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, hidden, 1, True)  # !SG602

    def forward(self, ids):
        _, h = self.rnn(self.embedding(ids))
        return h[-1]

# run: Encoder()(torch.randint(0, 20, (6, 3)))
