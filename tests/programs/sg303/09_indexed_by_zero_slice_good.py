import torch
import torch.nn as nn


class Attend(nn.Module):
    def __init__(self, dim, hidden, num_layers=4):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden, num_layers=num_layers, batch_first=True)
        self.query = nn.Linear(hidden, hidden)

    def forward(self, x):
        out, h = self.rnn(x)
        query = self.query(h[3])
        scores = torch.einsum("bth,bh->bt", out, query)
        return torch.einsum("bt,bth->bh", scores.softmax(dim=1), out)

# run: Attend(5, 7)(torch.randn(3, 6, 5))
