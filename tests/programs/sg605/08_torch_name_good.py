import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self, p=0.4):
        super().__init__()
        self.p = p
        self.rnn = nn.GRU(5, 7, batch_first=True)
        self.fc = nn.Linear(7, 2)

    def forward(self, x):
        out, h = self.rnn(x)
        joined = torch.cat([out[:, 0], h[-1]], dim=1)
        return self.fc(torch.dropout(joined, 0.3, self.training)[:, :7])

# run: Model()(torch.randn(3, 6, 5))
