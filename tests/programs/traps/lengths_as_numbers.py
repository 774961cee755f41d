import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Model(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.embed = nn.Embedding(vocab, 16, padding_idx=0)
        self.rnn = nn.GRU(16, 8, batch_first=True)

    def forward(self, ids):
        lengths = (ids != 0).sum(dim=1)
        counts = [int(n) for n in lengths.cuda()]
        packed = pack_padded_sequence(
            self.embed(ids), counts, batch_first=True, enforce_sorted=False
        )
        out, sizes = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return [row[:size] for row, size in zip(out, sizes)]
