import torch
import torch.nn as nn


class LanguageModel(nn.Module):
    def __init__(self, vocab=20, dim=20):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.loss = nn.AdaptiveLogSoftmaxWithLoss(dim, vocab, cutoffs=[10])

    def forward(self, ids):
        out, _ = self.rnn(self.embed(ids[:, :-1]))
        flat = out.reshape(-1, out.size(-1))
        return self.loss(flat, ids[:, 1:].reshape(-1)).loss


lm = LanguageModel()
loss = lm(torch.randint(0, 20, (3, 9)))
loss.backward()
