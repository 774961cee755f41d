import torch
import torch.nn as nn


class Lines:
    def __init__(self, lines, vocab):
        self.lines = lines
        self.vocab = vocab
        self.pad = vocab["<pad>"]

    def encode(self, line, size):
        ids = [self.vocab.get(w, 1) for w in line.split()]
        while len(ids) < size:
            ids.append(self.pad)
        return ids

    def batch(self):
        size = max(len(line.split()) for line in self.lines)
        return torch.tensor([self.encode(line, size) for line in self.lines])


class Model(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.vectors = nn.Embedding(len(vocab), 5)
        self.rnn = nn.RNN(5, 6, batch_first=True)
        self.top = nn.Linear(6, 1)

    def forward(self, ids):
        states, _ = self.rnn(self.vectors(ids))
        ends = (ids != 0).sum(dim=1) - 1
        return torch.sigmoid(self.top(states[torch.arange(len(ids)), ends]))


vocab = {"<pad>": 0, "<unk>": 1, "a": 2, "b": 3}
lines = Lines(["a b a", "b", "a x"], vocab)
model = Model(vocab)
scores = model(lines.batch())
