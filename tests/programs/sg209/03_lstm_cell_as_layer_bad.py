import torch
import torch.nn as nn


class Stepwise(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.lstm = nn.LSTMCell(n_in, n_hidden)
        self.head = nn.Linear(n_hidden, 1)

    def forward(self, x):
        h = torch.zeros(x.size(0), self.n_hidden, dtype=x.dtype, device=x.device)
        c = torch.zeros_like(h)
        scores = []
        for x_t in x.unbind(dim=1):
            out, (h, c) = self.lstm(x_t, (h, c))  # !SG209
            scores.append(self.head(h))
        return torch.cat(scores, dim=1)


# run: Stepwise(3, 5)(torch.randn(2, 4, 3))
