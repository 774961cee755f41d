import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Reader(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.rnn = nn.LSTM(dim, hidden)
        self.out = nn.Linear(hidden, 2)

    def forward(self, ids, lengths):
        sorted_lengths, idx = torch.sort(lengths, dim=0, descending=True)
        x = self.embed(ids)[:, idx]
        _, (h, c) = self.rnn(pack_padded_sequence(x, sorted_lengths.cpu()))
        return self.out(h[-1].index_select(0, idx.argsort()))
