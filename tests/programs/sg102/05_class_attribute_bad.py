import torch
import torch.nn as nn


class Base(nn.Module):
    batch_first = True

    def __init__(self, dim, hidden):
        super().__init__()
        self.core = nn.GRU(dim, hidden, batch_first=self.batch_first)


class Predictor(Base):
    def __init__(self, dim, hidden):
        super().__init__(dim, hidden)
        self.out = nn.Linear(hidden, dim)

    def forward(self, x):
        states, h = self.core(x)
        final = states[-1]  # !SG102
        return self.out(final)

# run: Predictor(5, 7)(torch.randn(4, 9, 5))
