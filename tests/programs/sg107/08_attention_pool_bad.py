import torch
import torch.nn as nn
import torch.nn.functional as F


class Pooled(nn.Module):
    def __init__(self, n_in=5, n_hid=7):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hid, batch_first=True)
        self.query = nn.Linear(n_hid, n_hid)
        self.out = nn.Linear(n_hid, 2)

    def forward(self, x):
        states, last = self.rnn(x)
        query = self.query(last.squeeze())  # !SG107
        weights = F.softmax(torch.bmm(states, query.unsqueeze(2)), dim=1)
        return self.out((weights * states).sum(1))

# run: Pooled()(torch.randn(3, 6, 5))
