import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self, vocab, tags):
        super(Tagger, self).__init__()
        self.emb = nn.Embedding(vocab, 5)
        self.rnn = nn.GRU(5, 6, bidirectional=True)
        self.drop = nn.Dropout(0.3)
        self.hidden2tag = nn.Linear(12, tags)

    def forward(self, ids, lengths):
        x = pack_padded_sequence(self.emb(ids), lengths)
        x, _ = self.rnn(x)
        x = self.drop(x)  # !SG405
        return self.hidden2tag(x)

# run: Tagger(20, 4)(torch.randint(0, 20, (8, 3)), torch.tensor([8, 5, 2]))
