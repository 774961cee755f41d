import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Scorer(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.rnn = nn.LSTM(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 2)

    def forward(self, ids, lengths, labels):
        lengths, perm = torch.sort(lengths, descending=True)
        packed = pack_padded_sequence(
            self.embed(ids[perm]),
            lengths,
            batch_first=True,
        )
        _, (h, c) = self.rnn(packed)
        return nn.functional.cross_entropy(self.out(h[-1]), labels[perm])
