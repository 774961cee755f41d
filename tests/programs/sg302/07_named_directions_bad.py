import torch
import torch.nn as nn


class TwoHeads(nn.Module):
    def __init__(self, dim, hidden, vocab):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden, bidirectional=True)
        self.after = nn.Linear(hidden, vocab)
        self.before = nn.Linear(hidden, vocab)

    def forward(self, x):
        _, h_n = self.rnn(x)
        summary = h_n[-2]  # !SG302
        return self.after(summary), self.before(summary)

# run: TwoHeads(5, 7, 9)(torch.randn(4, 3, 5))
