import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, hidden=12):
        super(Model, self).__init__()
        self.hidden = hidden
        self.lstm = nn.LSTM(1, hidden, 2)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, seq):
        h = torch.zeros(2, seq.size(1), self.hidden)
        out, _ = self.lstm(seq, (h, h))
        return self.linear(out[-1])


model = Model()
seq, nxt = torch.randn(10, 4, 1), torch.randn(4)
error = nn.functional.mse_loss(model(seq), nxt.unsqueeze(-1))
