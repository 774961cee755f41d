"""Layers for a fixed number of steps, and batches that have it after pad_packed_sequence."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

STEPS = 9


class Padded(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(STEPS * hidden, 2)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        missing = STEPS - out.shape[1]
        if missing > 0:
            out = torch.cat([out, out.new_zeros(out.size(0), missing, out.size(2))], dim=1)
        return self.fc(out.reshape(out.size(0), -1))


class Pooled(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(4 * hidden, 2)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        out = F.adaptive_max_pool1d(out.transpose(1, 2), 4)
        return self.fc(out.flatten(1))


class Placed(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.hidden = hidden
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(STEPS * hidden, 2)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        room = x.new_zeros(x.size(0), STEPS, self.hidden)
        room[:, : out.size(1)] = out
        return self.fc(room.flatten(1))


class FirstSteps(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(2 * hidden, 2)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        return self.fc(out[:, :2].flatten(1))


for model in (Padded(5, 6), Pooled(5, 6), Placed(5, 6), FirstSteps(5, 6)):
    print(model(torch.randn(4, STEPS, 5), torch.tensor([3, 7, 2, 7])).shape)
