"""Methods called init_hidden whose state is not simply that of the one layer."""

import torch
from torch import nn


class PerLayer(nn.Module):
    """The caller's state holds a row for each pass through one layer."""

    def __init__(self, size, passes):
        super().__init__()
        self.passes, self.size = passes, size
        self.gru = nn.GRU(size, size)

    def forward(self, x, hidden):
        rows = []
        for i in range(self.passes):
            x, row = self.gru(x, hidden[i : i + 1])
            rows.append(row)
        return x, torch.cat(rows)

    def init_hidden(self, batch):
        return torch.zeros(self.passes, batch, self.size)


class Two(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size
        self.read = nn.GRU(size, size, bidirectional=True)
        self.write = nn.GRU(2 * size, size)

    def forward(self, x, hidden):
        out, _ = self.read(x)
        return self.write(out, hidden)

    def init_hidden(self, batch):
        return torch.zeros(1, batch, self.size)


class BatchFirst(nn.Module):
    """The state comes with the samples in front, for DataParallel."""

    def __init__(self, size, layers):
        super().__init__()
        self.layers, self.size = layers, size
        self.gru = nn.GRU(size, size, layers, batch_first=True)

    def forward(self, x, hidden):
        out, hidden = self.gru(x, hidden.transpose(0, 1).contiguous())
        return out, hidden.transpose(0, 1)

    def init_hidden(self, batch):
        return torch.zeros(batch, self.layers, self.size)


class Own(nn.Module):
    """Both directions start from one learned row."""

    def __init__(self, size):
        super().__init__()
        self.size = size
        self.gru = nn.GRU(size, size, bidirectional=True)

    def forward(self, x, hidden):
        return self.gru(x, hidden.expand(2, -1, -1).contiguous())

    def init_hidden(self, batch):
        return torch.zeros(1, batch, self.size)
