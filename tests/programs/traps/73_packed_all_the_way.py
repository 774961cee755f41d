import torch
import torch.nn as nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence


class LockedDropout(nn.Module):
    def forward(self, x):
        if isinstance(x, PackedSequence):
            return x._replace(data=nn.functional.dropout(x.data, 0.1, self.training))
        return nn.functional.dropout(x, 0.1, self.training)


class Deep(nn.Module):
    """Three layers on packed input with dropout in between; the loss reads packed targets."""

    def __init__(self, vocab):
        super().__init__()
        self.embed = nn.Embedding(vocab, 5)
        self.rnns = nn.ModuleList([nn.LSTM(5, 6), nn.LSTM(6, 6), nn.LSTM(6, 6)])
        self.drop = LockedDropout()
        self.out = nn.Linear(6, vocab)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.embed(ids), lengths, enforce_sorted=False)
        for rnn in self.rnns:
            packed, _ = rnn(packed)
            packed = self.drop(packed)
        return self.out(packed.data)


def loss(model, ids, lengths):
    targets, *_ = pack_padded_sequence(ids[1:], lengths - 1, enforce_sorted=False)
    return nn.functional.cross_entropy(model(ids[:-1], lengths - 1), targets)

# run: loss(Deep(12), torch.randint(0, 12, (9, 3)), torch.tensor([9, 4, 6]))
