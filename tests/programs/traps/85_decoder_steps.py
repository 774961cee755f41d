import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self, vocab=9, dim=4):
        super().__init__()
        self.emb, self.rnn = nn.Embedding(vocab, dim), nn.GRU(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, vocab)

    def forward(self, hidden, steps=3):
        token = torch.zeros(hidden.size(1), dtype=torch.long)
        words = []
        for _ in range(steps):
            y, hidden = self.rnn(self.emb(token).unsqueeze(1), hidden)
            token = self.out(y.squeeze(1)).argmax(-1)
            words.append(token)
        return torch.stack(words, 1)


print(Decoder()(torch.randn(1, 2, 4)).shape)
