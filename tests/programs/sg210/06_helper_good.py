import torch
import torch.nn as nn


class Base(nn.Module):
    def summary(self, x):
        out, hidden = self.rnn(x)
        return hidden[-1]


class Model(Base):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(4, 6, 2, batch_first=True)
        self.decision = nn.Linear(6, 2)

    def forward(self, x):
        _, hidden = self.rnn(x)
        h = hidden[-1].clone()
        return self.decision(torch.tanh(h))


model = Model()
model(torch.randn(3, 5, 4)).sum().backward()
