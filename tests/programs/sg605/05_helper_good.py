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
        _, h = self.rnn(x)
        return self.fc(self.drop(h[-1]))

    def drop(self, x):
        return F.dropout(x, self.p, training=self.training)

# run: Model()(torch.randn(3, 6, 5))
