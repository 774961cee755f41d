import torch
import torch.nn as nn
from torch.nn.utils import rnn as rnn_utils


class Encoder(nn.Module):
    def __init__(self, dim=5, hidden=7):
        super().__init__()
        self.lstm = nn.LSTM(dim, hidden, num_layers=2)
        self.fc = nn.Linear(hidden, 2)

    def forward(self, x, lengths):
        packed = rnn_utils.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        packed, (h, c) = self.lstm(packed)
        out, lengths = rnn_utils.pad_packed_sequence(packed, batch_first=True)
        ends = out[torch.arange(len(out)), lengths - 1]
        first_step = out[:, 0]
        assert torch.equal(ends, h[-1])
        return self.fc(ends), first_step


a = Encoder()(torch.randn(3, 6, 5), torch.tensor([2, 6, 4]))
print(a[0].shape, a[1].shape)
