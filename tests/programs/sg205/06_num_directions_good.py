import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, n_in, hidden, n_tags, bidirectional=False):
        super().__init__()
        num_directions = 2 if bidirectional else 1
        self.rnn = nn.LSTM(n_in, hidden, bidirectional=bidirectional)
        self.norm = nn.LayerNorm(hidden * num_directions)
        self.drop = nn.Dropout(0.2)
        self.fc = nn.Linear(hidden * num_directions, n_tags)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(self.drop(self.norm(out)))


tagger = Tagger(5, 7, 4, bidirectional=True)
print(tagger(torch.randn(6, 2, 5)).shape)
