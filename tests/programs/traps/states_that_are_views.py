import torch
import torch.nn as nn


class Model(nn.Module):
    """States that are views of others and contiguous all the same."""

    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.encoder = nn.GRU(n_in, n_hidden, num_layers=3)
        self.start = nn.Linear(n_in, n_hidden)
        self.decoder = nn.GRU(n_in, n_hidden)
        self.deep = nn.GRU(n_in, n_hidden, num_layers=2)

    def forward(self, x, y):
        _, h_n = self.encoder(x)
        last, _ = self.decoder(y, h_n[-1].unsqueeze(0))
        first, _ = self.decoder(y, h_n[:1])
        lower, _ = self.deep(y, h_n[:2])
        upper, _ = self.deep(y, h_n[1:])
        made, _ = self.decoder(y, self.start(x[0]).view(1, -1, self.n_hidden))
        turned, _ = self.decoder(y, self.start(x[0]).unsqueeze(1).transpose(0, 1))
        return last + first + lower + upper + made + turned


print(Model(3, 5)(torch.randn(6, 4, 3), torch.randn(7, 4, 3)).shape)
