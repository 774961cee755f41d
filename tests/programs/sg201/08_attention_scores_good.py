import torch
import torch.nn as nn


class Pool(nn.Module):
    def __init__(self, dim=5, n_classes=4):
        super().__init__()
        self.rnn = nn.GRU(dim, n_classes, batch_first=True)
        self.query = nn.Parameter(torch.randn(n_classes))

    def forward(self, x):
        out, _ = self.rnn(x)
        probs = torch.softmax(out @ self.query, dim=1).unsqueeze(-1) * out
        return probs.sum(dim=1)


pool = Pool()
print(pool(torch.randn(3, 7, 5)))
