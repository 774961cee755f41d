import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def build(kind):
    return {"gru": nn.GRU, "rnn": nn.RNN}[kind](5, 6, batch_first=True)


class Plain(nn.Module):
    def __init__(self, kind="gru"):
        super().__init__()
        self.body = build(kind)
        self.top = nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 2))

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        y, h = self.body(packed)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=x.size(1))
        return self.top(y[:, -1])  # !SG401

# run: Plain()(torch.randn(4, 9, 5), torch.tensor([9, 6, 4, 2]))
