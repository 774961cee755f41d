import torch
from torch import nn
from torch.nn.utils import rnn as rnn_utils


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.GRU(4, 6, batch_first=True)
        self.b = nn.GRU(6, 5, batch_first=True)

    def forward(self, x, lengths):
        packed = rnn_utils.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        y, _ = rnn_utils.pad_packed_sequence(self.a(packed)[0], batch_first=True)
        z, _ = self.b(y)
        return z

# run: Net()(torch.randn(3, 5, 4), torch.tensor([5, 4, 2]))
