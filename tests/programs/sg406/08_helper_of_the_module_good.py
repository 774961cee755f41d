import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Towers(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden, batch_first=True)

    def encode(self, x, lengths):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(x[order], lengths, batch_first=True)
        _, h = self.rnn(packed)
        return h.squeeze(0)[torch.sort(order)[1]]

    def forward(self, a, a_lengths, b, b_lengths):
        left, right = self.encode(a, a_lengths), self.encode(b, b_lengths)
        return nn.functional.cosine_similarity(left, right)
