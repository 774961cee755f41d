import torch
import torch.nn as nn


class Crf(nn.Module):
    def __init__(self, vocab=9, tags=3):
        super().__init__()
        self.tags = tags
        self.emb = nn.Embedding(vocab, 5)
        self.lstm = nn.LSTM(5, 7, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(14, tags)

    def forward(self, ids):
        batch, steps = ids.shape
        out, _ = self.lstm(self.emb(ids).view(batch, steps, -1))
        ways = out.reshape(batch, steps, 2, 7)
        out = ways.flatten(2).contiguous().view(batch * steps, 14)
        scores = self.fc(out).view(batch, steps, self.tags)
        return scores.permute(1, 0, 2).contiguous().view(steps * batch, -1)


print(Crf()(torch.randint(0, 9, (4, 6))).shape)
