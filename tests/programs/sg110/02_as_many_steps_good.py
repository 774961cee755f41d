import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True, bidirectional=True)
        self.bn = nn.BatchNorm1d(2 * hidden)

    def forward(self, x):
        out, _ = self.gru(x)
        return torch.relu(self.bn(out.transpose(1, 2)))

# run: Net(5, 7)(torch.randn(3, 14, 5))
