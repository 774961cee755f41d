import torch
import torch.nn as nn


class Pool(nn.Module):
    def __init__(self, n_in, n_hidden, n_classes):
        super().__init__()
        self.rnn = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.query = nn.Parameter(torch.randn(n_hidden))
        self.mha = nn.MultiheadAttention(n_hidden, 1)
        self.out = nn.Linear(n_hidden, n_classes)

    def forward(self, x):
        steps, *_ = self.rnn(x)
        n, t, e = steps.size()
        query = self.query.expand(1, n, e)
        keys = steps.transpose(0, 1)
        pooled, _ = self.mha(query, keys, keys)
        pooled = pooled.squeeze(0)
        return torch.log_softmax(self.out(pooled), dim=1)

# run: Pool(5, 8, 3)(torch.randn(4, 6, 5))
