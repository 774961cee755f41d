import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Regressor(nn.Module):
    def __init__(self, hidden=6):
        super().__init__()
        self.gru = nn.GRU(5, hidden)
        self.fc = nn.Linear(hidden, 1)

    def step(self, seq, lens):
        seq = seq.permute(1, 0, 2)
        packed = nn.utils.rnn.pack_padded_sequence(seq, lens)
        states, h = self.gru(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(states)
        return states, h

    def forward(self, seq, lens):
        states, h = self.step(seq, lens)
        summary = states.permute(1, 0, 2)[:, -1, :]  # !SG401
        return self.fc(summary).squeeze(-1)

# run: Regressor()(torch.randn(4, 9, 5), torch.tensor([9, 6, 4, 2]))
