import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Weighed(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 4)
        self.score = nn.Linear(4, 1)

    def run_padded(self, x, lengths):
        return pad_packed_sequence(self.rnn(pack_padded_sequence(x, lengths))[0])[0]

    def masked_each(self, x, lengths, mask):
        out = self.run_padded(x, lengths)
        scores = torch.zeros(out.size(0), out.size(1))
        for i in range(out.size(0)):
            scores[i] = self.score(out[i]).squeeze(1) + mask[i]
        return torch.softmax(scores, dim=0)

    def tags_of_each(self, x, lengths):
        out = self.run_padded(x, lengths)
        tags = torch.zeros(out.size(0), out.size(1), 4)
        for i in range(out.size(0)):
            tags[i] = out[i] * 2
        return torch.softmax(tags, dim=2)

    def from_nothing(self, x, lengths):
        out = self.run_padded(x, lengths)
        scores = torch.full((out.size(0), out.size(1)), float("-inf"))
        for b in range(out.size(1)):
            for i in range(int(lengths[b])):
                scores[i, b] = self.score(out[i, b]).squeeze()
        return torch.softmax(scores, dim=0)

    def first_of_the_batch(self, x, lengths):
        out = self.run_padded(x, lengths)
        scores = torch.zeros(out.size(0))
        for i in range(out.size(0)):
            scores[i] = self.score(out[i, 0]).squeeze()
        return torch.softmax(scores, dim=0)


x, lengths = torch.randn(6, 3, 5), torch.tensor([6, 4, 2])
mask = torch.zeros(6, 3).masked_fill(torch.arange(6)[:, None] >= lengths, float("-inf"))

# run: (Weighed().masked_each(x, lengths, mask), Weighed().tags_of_each(x, lengths))
