import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Words(nn.Module):
    def __init__(self, data):
        super().__init__()
        if data.extractor == "GRU":
            self.rnn = nn.GRU(data.dim, data.hidden, num_layers=data.layers, batch_first=True)
        elif data.extractor == "LSTM":
            self.rnn = nn.LSTM(data.dim, data.hidden, num_layers=data.layers, batch_first=True)
        self.words = nn.Embedding(data.vocab, data.dim)
        self.to_tag = nn.Linear(data.hidden * data.layers, data.tags)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.words(ids), lengths, True)
        _, hidden = self.rnn(packed, None)
        features = hidden[0].transpose(1, 0).contiguous().view(ids.size(0), -1)  # !SG304
        return self.to_tag(features)

# run: Words(__import__("types").SimpleNamespace(extractor="GRU", dim=5, hidden=7, layers=1, vocab=9, tags=3))(torch.randint(0, 9, (4, 6)), [6, 5, 3, 2])
