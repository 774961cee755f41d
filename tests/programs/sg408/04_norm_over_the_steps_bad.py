import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Har(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(9, 32, batch_first=True)
        self.bn = nn.BatchNorm1d(128)
        self.fc = nn.Linear(32, 6)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.gru(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)  # !SG408
        out = self.bn(out)
        return self.fc(out)
