import torch
import torch.nn as nn


class Series(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.hidden = hidden
        self.lstm = nn.LSTM(1, hidden, batch_first=True)

    def forward(self, x):
        h_0 = x.new_zeros(1, x.size(0), self.hidden)
        c_0 = x.new_ones(1, x.size(0), self.hidden)
        _, (h_n, _) = self.lstm(x, (h_0, c_0))
        return h_n.squeeze(0)

# run: Series(3)(torch.randn(2, 4, 1))
