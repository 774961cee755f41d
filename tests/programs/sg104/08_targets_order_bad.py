import torch
import torch.nn as nn


class Lm(nn.Module):
    def __init__(self, vocab=9):
        super().__init__()
        self.vocab = vocab
        self.emb = nn.Embedding(vocab, 5)
        self.rnn = nn.GRU(5, 7)
        self.dec = nn.Linear(7, vocab)

    def forward(self, ids):
        out, _ = self.rnn(self.emb(ids))
        logits = self.dec(out)
        return logits.view(ids.size(1), ids.size(0), self.vocab)  # !SG104

# run: Lm()(torch.randint(0, 9, (6, 4)))
