import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, vocab, dim, hidden, classes):
        super().__init__()
        self.hidden = hidden
        self.emb = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(hidden * 2, classes)

    def forward(self, ids):
        _, h = self.gru(self.emb(ids))
        h = h.reshape(-1, self.hidden * 2)  # !SG304|SG305
        return self.out(h)

# run: Net(9, 5, 7, 3)(torch.randint(0, 9, (4, 6)))
