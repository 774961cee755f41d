import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, words, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(words, dim, padding_idx=0)
        self.rnn = nn.GRU(dim, hidden, batch_first=True)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(
            self.embed(ids), lengths, batch_first=True, enforce_sorted=False
        )
        packed_states, last = self.rnn(packed)
        states, _ = pad_packed_sequence(packed_states, batch_first=True)
        return states, last


class Decoder(nn.Module):
    def __init__(self, words, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(words, dim)
        self.rnn = nn.GRU(dim, hidden, batch_first=True)
        self.project = nn.Linear(hidden, hidden, bias=False)
        self.out = nn.Linear(2 * hidden, words)

    def forward(self, states, last, target, mask):
        out, _ = self.rnn(self.embed(target), last)
        scores = torch.bmm(out, self.project(states).transpose(1, 2))
        scores = scores.masked_fill(~mask[:, None, :], float("-inf"))
        weights = scores.softmax(dim=-1)
        context = torch.bmm(weights, states)
        return self.out(torch.cat([out, context], dim=-1))


class Translator(nn.Module):
    def __init__(self, words, dim, hidden):
        super().__init__()
        self.encoder = Encoder(words, dim, hidden)
        self.decoder = Decoder(words, dim, hidden)

    def forward(self, source, lengths, target):
        states, last = self.encoder(source, lengths)
        mask = source[:, : states.size(1)] != 0
        return self.decoder(states, last, target, mask)
