import torch
import torch.nn as nn


class NextWord(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, vocab)

    def forward(self, word):
        step = self.emb(word).unsqueeze(dim=1)  # !SG111
        y, h = self.rnn(step)
        return self.out(y[:, -1])

# run: NextWord(9, 4)(torch.tensor([1, 2, 3]))
