"""Batches filled up to their longest sequence, where nothing asks for another number of steps."""

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Attentive(nn.Module):
    """Attention over the steps: the summary has none, so copies of it may see other numbers."""

    def __init__(self, n_in, hidden):
        super().__init__()
        self.lstm = nn.LSTM(n_in, hidden, batch_first=True, bidirectional=True)
        self.score = nn.Linear(2 * hidden, 1)
        self.fc = nn.Linear(2 * hidden, 4)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, lens = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        steps = torch.arange(out.size(1), device=out.device)
        scores = self.score(out).squeeze(2)
        scores = scores.masked_fill(steps >= lens.to(out.device)[:, None], float("-inf"))
        weights = scores.softmax(1)
        return self.fc((out * weights.unsqueeze(2)).sum(1))


class LastStep(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, lens = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        rows = torch.arange(out.size(0), device=out.device)
        return out[rows, lens.to(out.device) - 1]


class Tagger(nn.Module):
    """Targets are cut to the steps that are there."""

    def __init__(self, n_in, hidden, n_tags):
        super().__init__()
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, n_tags)

    def forward(self, x, lengths, tags):
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        scores = self.fc(out)
        tags = tags[:, : scores.size(1)]
        return nn.functional.cross_entropy(scores.transpose(1, 2), tags, ignore_index=-1)


def main(loader):
    summary = nn.DataParallel(Attentive(5, 6))
    last = nn.DataParallel(LastStep(5, 6))
    tagger = Tagger(5, 6, 3)
    for x, lengths, tags in loader:
        print(summary(x, lengths).shape, last(x, lengths).shape, tagger(x, lengths, tags).item())


main([(torch.randn(4, 9, 5), torch.tensor([3, 7, 2, 7]), torch.zeros(4, 9, dtype=torch.long))])
