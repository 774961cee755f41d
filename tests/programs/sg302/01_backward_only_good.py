import torch
import torch.nn as nn


class Sentence(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * hidden, 2)

    def forward(self, ids):
        _, h = self.gru(self.embed(ids))
        return self.fc(torch.cat((h[-2], h[-1]), dim=1))

# run: Sentence(30, 5, 7)(torch.randint(0, 30, (3, 8)))
