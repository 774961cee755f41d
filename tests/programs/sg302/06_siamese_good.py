import torch
import torch.nn as nn
import torch.nn.functional as F


class Siamese(nn.Module):
    def __init__(self, vocab_size=30, dim=6, hidden=7):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, dim)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)

    def encode(self, ids):
        _, (h, _) = self.lstm(self.embed(ids))
        return h.transpose(0, 1).flatten(1)

    def forward(self, left, right):
        return F.pairwise_distance(self.encode(left), self.encode(right))


net = Siamese()
print(net(torch.randint(0, 30, (4, 9)), torch.randint(0, 30, (4, 6))))
