import torch
import torch.nn as nn


class Forward(nn.Module):
    def __init__(self, n_in=5, hidden=7, n_out=2):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.GRU(n_in, hidden, bidirectional=True, batch_first=True)
        self.lm = nn.Linear(hidden, n_out)

    def forward(self, x):
        out, _ = self.rnn(x)
        forward_half = out[..., : self.hidden]
        return self.lm(forward_half)

# run: Forward()(torch.randn(3, 4, 5))
