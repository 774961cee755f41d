import torch
import torch.nn as nn


class ELMo(nn.Module):
    def __init__(self, vocab=30, dim=6, hidden=8, layers=2):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.forward_lstm = nn.LSTM(dim, hidden, layers, batch_first=True)
        self.backward_lstm = nn.LSTM(dim, hidden, layers, batch_first=True)
        self.head = nn.Linear(hidden, vocab)
        self.gamma = nn.Parameter(torch.ones(1))

    def forward(self, ids):
        x = self.embed(ids)
        fwd, _ = self.forward_lstm(x)
        bwd, _ = self.backward_lstm(x.flip(1))
        bwd = bwd.flip(1)
        return fwd, bwd

    def loss(self, ids):
        fwd, bwd = self(ids)
        after = self.head(fwd[:, :-1])
        before = self.head(bwd[:, 1:])
        ce = nn.functional.cross_entropy
        return ce(after.transpose(1, 2), ids[:, 1:]) + ce(before.transpose(1, 2), ids[:, :-1])

    def represent(self, ids):
        return self.gamma * torch.cat(self(ids), dim=-1)

    def sentence(self, ids):
        fwd, bwd = self(ids)
        return torch.cat([fwd[:, -1], bwd[:, 0]], dim=-1)


model = ELMo()
ids = torch.randint(0, 30, (3, 7))
model.loss(ids).backward()
print(model.represent(ids).shape, model.sentence(ids).shape)
