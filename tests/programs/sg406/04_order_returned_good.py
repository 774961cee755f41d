import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.rnn = nn.LSTM(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 2)

    def forward(self, ids, lengths):
        lengths, perm = torch.sort(lengths, descending=True)
        ids = ids[perm]
        packed = pack_padded_sequence(self.embed(ids), lengths, batch_first=True)
        out, (h, c) = self.rnn(packed)
        return h[-1], perm
