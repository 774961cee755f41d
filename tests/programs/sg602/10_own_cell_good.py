import math

import torch
import torch.nn as nn


class LSTMCell(nn.Module):
    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__()
        self.hidden_size = hidden_size
        self.x2h = nn.Linear(input_size, 4 * hidden_size, bias=bool(bias))
        self.h2h = nn.Linear(hidden_size, 4 * hidden_size, bias=bool(bias))
        for w in self.parameters():
            w.data.uniform_(-1 / math.sqrt(hidden_size), 1 / math.sqrt(hidden_size))

    def forward(self, x, state):
        h, c = state
        i, f, g, o = (self.x2h(x) + self.h2h(h)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class Model(nn.Module):
    def __init__(self, input_dim, hidden_dim, num_layers, out_dim):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.cell = LSTMCell(input_dim, hidden_dim, bias=True)
        self.fc = nn.Linear(hidden_dim, out_dim)

    def forward(self, x):
        h, c = x.new_zeros(2, x.size(0), self.hidden_dim).unbind(0)
        for t in range(x.size(1)):
            h, c = self.cell(x[:, t], (h, c))
        return self.fc(h)

# run: Model(5, 7, 2, 3)(torch.randn(4, 6, 5))
