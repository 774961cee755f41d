import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class Encoder(nn.Module):
    def __init__(self, vocab, emb, hidden):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb, padding_idx=0)
        self.rnn = nn.LSTM(hidden, hidden, batch_first=True)

    def forward(self, ids, lengths):
        x = self.emb(ids)
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        _, (h, _) = self.rnn(packed)  # !SG206
        return h[-1]


Encoder(20, 6, 9)(torch.randint(1, 20, (3, 5)), torch.tensor([5, 4, 2]))
