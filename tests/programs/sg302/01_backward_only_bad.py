import torch
import torch.nn as nn


class Sentence(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(hidden, 2)

    def forward(self, ids):
        _, h = self.gru(self.embed(ids))
        return self.fc(h[-1])  # !SG302

# run: Sentence(30, 5, 7)(torch.randint(0, 30, (3, 8)))
