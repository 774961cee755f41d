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
        self.cell = nn.LSTMCell(dim + hidden, hidden)
        self.keys = nn.Linear(hidden, hidden)
        self.query = nn.Linear(hidden, hidden)
        self.energy = nn.Linear(hidden, 1)
        self.out = nn.Linear(hidden, words)

    def forward(self, states, last, target, mask):
        h, c = last[-1], torch.zeros_like(last[-1])
        keys, rows = self.keys(states), []
        for t in range(target.size(1)):
            energy = self.energy(torch.tanh(keys + self.query(h).unsqueeze(1))).squeeze(2)
            energy = energy + (~mask).float() * -1e9
            alpha = torch.softmax(energy, dim=1)
            context = (alpha.unsqueeze(2) * states).sum(1)
            h, c = self.cell(torch.cat([self.embed(target[:, t]), context], 1), (h, c))
            rows.append(self.out(h))
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
