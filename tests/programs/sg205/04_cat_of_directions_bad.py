import torch
from torch import nn


class Siamese(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.enc = nn.LSTM(n_in, n_hidden, bidirectional=True, batch_first=True)
        self.proj = nn.Linear(n_hidden, 4)  # ~SG205

    def encode(self, x):
        _, (h, _) = self.enc(x)
        return self.proj(torch.cat([h[-2], h[-1]], dim=1))  # !SG205

    def forward(self, a, b):
        return nn.functional.cosine_similarity(self.encode(a), self.encode(b))


print(Siamese(5, 7)(torch.randn(3, 4, 5), torch.randn(3, 6, 5)))
