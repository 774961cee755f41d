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


def attend(states, query, mask):
    n, steps, width = states.size()
    scores = torch.sum(states * query.view(n, 1, width), dim=2)
    scores = scores.masked_fill(~mask, -1e9)
    weights = F.softmax(scores, dim=1)
    return torch.sum(states * weights.view(n, steps, 1), dim=1)


class Decoder(nn.Module):
    def __init__(self, words, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(words, dim)
        self.cell = nn.GRUCell(dim + hidden, hidden)
        self.out = nn.Linear(hidden, words)

    def forward(self, states, last, target, mask):
        hidden = last[-1]
        context = torch.zeros_like(hidden)
        rows = []
        for word in target.unbind(1):
            hidden = self.cell(torch.cat([self.embed(word), context], 1), hidden)
            context = attend(states, hidden, mask)
            rows.append(self.out(hidden + context))
        return torch.stack(rows, 1)


class Translator(nn.Module):
    def __init__(self, words, dim, hidden):
        super().__init__()
        self.encoder = Encoder(words, dim, hidden)
        self.decoder = Decoder(words, dim, hidden)

    def forward(self, source, lengths, target):
        states, last = self.encoder(source, lengths)
        mask = source[:, : states.size(1)] != 0
        return self.decoder(states, last, target, mask)
