import torch
import torch.nn as nn


class GRUCell(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.x2h = nn.Linear(n_in, 3 * n_hidden)
        self.h2h = nn.Linear(n_hidden, 3 * n_hidden)

    def forward(self, x, h):
        xr, xz, xn = self.x2h(x).chunk(3, 1)
        hr, hz, hn = self.h2h(h).chunk(3, 1)
        z = torch.sigmoid(xz + hz)
        return (1 - z) * torch.tanh(xn + torch.sigmoid(xr + hr) * hn) + z * h


class Model(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.cell = GRUCell(n_in, n_hidden)
        self.aux = nn.GRUCell(n_in, n_hidden)

    def forward(self, x):
        if torch.cuda.is_available():
            h0 = torch.zeros(1, x.size(0), self.n_hidden).cuda()  # !SG502
        else:
            h0 = torch.zeros(1, x.size(0), self.n_hidden)
        h = h0[0]
        for t in range(x.size(1)):
            h = self.cell(x[:, t, :], h)
        return h

# run: Model(3, 5)(torch.randn(2, 4, 3))
