import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


class Encoder(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, hidden, bidirectional=True)

    def forward(self, src):
        return self.rnn(self.embedding(src))[0]


class Attention(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.attn = nn.Linear(2 * hidden, hidden)
        self.v = nn.Linear(hidden, 1, bias=False)

    def forward(self, outputs):
        outputs = outputs.permute(1, 0, 2)
        energy = torch.tanh(self.attn(outputs))
        attention = self.v(energy).squeeze(2)
        return F.softmax(attention, dim=1)  # !SG404


class Reader(nn.Module):
    def __init__(self, encoder, attention):
        super().__init__()
        self.encoder, self.attention = encoder, attention

    def forward(self, src):
        outputs = self.encoder(src)
        a = self.attention(outputs).unsqueeze(1)
        return torch.bmm(a, outputs.permute(1, 0, 2))


def fit(model, data):
    for sentences in data:
        src = pad_sequence(sentences, padding_value=0)
        model(src).sum().backward()


model = Reader(Encoder(20, 5, 6), Attention(6))
fit(model, [[torch.randint(1, 20, (n,)) for n in (3, 5)]])
