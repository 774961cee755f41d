import torch
import torch.nn as nn
import torch.nn.functional as F


class Chars(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.emb = nn.Embedding(vocab, 6)
        self.gru = nn.GRU(6, 7, bidirectional=True)
        self.fc = nn.Linear(7 * 2, vocab)

    def forward(self, ids):
        return self.fc(self.gru(self.emb(ids))[0])


def get_batch(source, i, bptt=8):
    data = source[i : i + bptt]
    target = source[i + 1 : i + 1 + bptt]
    return data, target


source = torch.randint(0, 13, (40, 3))
model = Chars(13)
for i in range(0, 31, 8):
    data, target = get_batch(source, i)
    loss = F.cross_entropy(model(data).view(-1, 13), target.reshape(-1))  # !SG307
    loss.backward()
