import torch
import torch.nn as nn


class Enc(nn.Module):
    def __init__(self, n_in, n_hidden, n_layers):
        super().__init__()
        self.n_layers, self.n_hidden = n_layers, n_hidden
        self.gru = nn.GRU(n_in, n_hidden, n_layers, batch_first=True, bidirectional=True)

    def forward(self, x):
        h = self.gru(x)[1].view(self.n_layers, 2, x.size(0), self.n_hidden)
        top = h[-1]
        return top[1]  # !SG302


print(Enc(5, 7, 3)(torch.randn(4, 6, 5)).shape)
