import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.rnn = nn.LSTM(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 2)

    def forward(self, ids, lengths):
        lengths, perm = lengths.sort(0, descending=True)
        emb = self.embed(ids[perm])  # !SG406
        packed = pack_padded_sequence(emb, lengths, batch_first=True)
        _, (h, _) = self.rnn(packed)
        return self.out(h[-1])
