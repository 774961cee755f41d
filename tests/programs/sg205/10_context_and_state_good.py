import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, vocab, emb, hidden, n_classes):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb)
        self.rnn = nn.GRU(emb, hidden, batch_first=True, bidirectional=True)
        self.mlp = nn.Sequential(nn.Linear(4 * hidden, hidden), nn.Tanh(), nn.Linear(hidden, n_classes))

    def forward(self, ids):
        out, h = self.rnn(self.emb(ids))
        avg_pool, (max_pool, _) = out.mean(dim=1), out.max(dim=1)
        return self.mlp(torch.cat([avg_pool, max_pool], dim=1))

# run: Classifier(20, 5, 6, 2)(torch.randint(0, 20, (3, 7)))
