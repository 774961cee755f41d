import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence

use_cuda = torch.cuda.is_available()


class Reader(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.emb = nn.Embedding(vocab, 32)
        self.rnn = nn.LSTM(32, 64)

    def forward(self, tokens, sizes):
        emb = self.emb(tokens)
        out, (h, c) = self.rnn(pack_padded_sequence(emb, sizes))
        return h[-1]


def batches_of(count):
    for _ in range(count):
        sizes = torch.randint(1, 9, (4,)).sort(descending=True).values
        yield torch.randint(0, 5000, (int(sizes[0]), 4)), sizes


def run(reader, batches):
    for tokens, sizes in batches:
        if use_cuda:
            tokens = tokens.cuda()
        yield reader(tokens, sizes)


reader = Reader(5000)
if use_cuda:
    reader = reader.cuda()
scores = torch.cat(list(run(reader, batches_of(3))))
