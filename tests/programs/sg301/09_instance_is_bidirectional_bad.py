import torch
import torch.nn as nn


class TextRNN(nn.Module):
    def __init__(self, vocab, dim, hidden, bidirectional=False):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, hidden, batch_first=True, bidirectional=bidirectional)
        self.fc = nn.Linear(hidden * (1 + bidirectional), 2)

    def forward(self, ids):
        out, _ = self.rnn(self.embed(ids))
        return self.fc(out.select(1, -1))  # !SG301


if __name__ == "__main__":
    net = TextRNN(40, 5, 7, bidirectional=True)
    ids = torch.randint(0, 40, (3, 8))
    assert net(ids).shape == (3, 2)
