import torch
import torch.nn as nn
from torch.nn import LSTM  # noqa: F401


class LSTMCell(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.x2h = nn.Linear(n_in, 4 * n_hidden)
        self.h2h = nn.Linear(n_hidden, 4 * n_hidden)

    def forward(self, x, state):
        h, c = state
        i, f, g, o = (self.x2h(x) + self.h2h(h)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class Net(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers, n_out):
        super().__init__()
        self.n_hidden = n_hidden
        self.n_layers = n_layers
        self.cells = nn.ModuleList()
        self.cells.append(LSTMCell(n_in, n_hidden))
        for _ in range(1, n_layers):
            self.cells.append(LSTMCell(n_hidden, n_hidden))
        self.fc = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        h0 = torch.zeros(self.n_layers, x.size(0), self.n_hidden)
        hidden = []
        for layer in range(self.n_layers):
            hidden.append((h0[layer, :, :], h0[layer, :, :]))
        outs = []
        for t in range(x.size(1)):
            for layer in range(self.n_layers):
                if layer == 0:
                    state = self.cells[layer](x[:, t, :], (hidden[layer][0], hidden[layer][1]))
                else:
                    state = self.cells[layer](hidden[layer - 1][0], (hidden[layer][0], hidden[layer][1]))
                hidden[layer] = state
            outs.append(state[0])
        out = outs[-1].squeeze()  # !SG107
        return self.fc(out)

# run: Net(5, 7, 2, 3)(torch.randn(4, 6, 5))
