import torch
import torch.nn as nn


class StackedGRU(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.first = nn.GRUCell(input_size, hidden_size)
        self.second = nn.GRUCell(hidden_size, hidden_size)

    def forward(self, x, h1, h2):
        for t in range(x.shape[1]):
            h1 = self.first(x[:, t, :], h1)
            h2 = self.second(h1, h2)
        return h2


# run: StackedGRU(3, 5)(torch.randn(2, 4, 3), torch.zeros(2, 5), torch.zeros(2, 5))
