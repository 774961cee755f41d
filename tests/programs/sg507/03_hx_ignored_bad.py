import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, hidden, batch_first=True)

    def forward(self, ids, hx=None):  # !SG507
        embedded = self.embedding(ids)
        return self.rnn(embedded)

# run: Encoder(10, 3, 5)(torch.randint(10, (2, 4)), None)
