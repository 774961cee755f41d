import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self, batch_size, n_in, hidden_size, bidirectional):
        super().__init__()
        self.batch_size = batch_size
        self.hidden_size = hidden_size
        self.bidirectional = bidirectional
        if bidirectional:
            self.gru = nn.GRU(n_in, hidden_size // 2, bidirectional=True)
            self.head = nn.Linear(hidden_size, 3)
        else:
            self.gru = nn.GRU(n_in, hidden_size, bidirectional=False)
            self.head = nn.Linear(hidden_size, 3)

    def forward(self, x, state):
        out, state = self.gru(x, state)
        return self.head(out.mean(0)), state

    def init_hidden(self):
        if self.bidirectional:
            return torch.zeros(2, self.batch_size, self.hidden_size // 2)
        else:
            return torch.zeros(1, self.batch_size, self.hidden_size)


reader = Reader(4, 5, 6, bidirectional=True)
state = reader.init_hidden()
for x in torch.randn(3, 7, 4, 5):
    out, state = reader(x, state.detach())
