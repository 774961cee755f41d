import torch
import torch.nn as nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence


class Noise(nn.Module):
    def forward(self, x):
        if isinstance(x, PackedSequence):
            data, batch_sizes = x[:2]
            return PackedSequence(data + torch.randn_like(data), batch_sizes, *x[2:])
        return x + torch.randn_like(x)


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.noise = Noise()
        self.rnn = nn.GRU(n_in, n_hidden, batch_first=True)

    def forward(self, x):
        packed = isinstance(x, PackedSequence)
        out, h = self.rnn(self.noise(x))
        if packed:
            first, *rest = x
            out, lengths = pad_packed_sequence(out, batch_first=True)
        else:
            out = out[:, :, :]
        return out, h[-1]
