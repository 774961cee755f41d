import torch
import torch.nn as nn


class GRUCell(nn.Module):
    """A cell of the program's own, which returns its output and its state."""

    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.gates = nn.Linear(n_in + n_hidden, 2 * n_hidden)

    def forward(self, x, h):
        new, gate = self.gates(torch.cat([x, h], dim=1)).chunk(2, dim=1)
        h = torch.sigmoid(gate) * h + (1 - torch.sigmoid(gate)) * torch.tanh(new)
        return torch.relu(h), h


class Net(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.cell = GRUCell(n_in, n_hidden)

    def forward(self, x):
        h = x.new_zeros(x.size(0), self.n_hidden)
        for step in x.unbind(1):
            out, h = self.cell(step, h)
        return out


print(Net(3, 5)(torch.randn(2, 4, 3)).shape)
