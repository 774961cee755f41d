import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnns = nn.ModuleList([nn.GRU(5, 6, batch_first=True), nn.GRU(6, 6, batch_first=True)])
        self.norm = nn.LayerNorm(6)
        self.out = nn.Linear(6, 1)

    def forward(self, x, lens):
        packed = pack_padded_sequence(x, lens, batch_first=True)
        for rnn in self.rnns:
            packed, h = rnn(packed)
        y, _ = pad_packed_sequence(packed, batch_first=True)
        y = self.norm(y)
        return self.out(y[:, -1])  # !SG401

# run: Tower()(torch.randn(4, 9, 5), torch.tensor([9, 6, 4, 2]))
