"""A state of fixed batch size, and a loader whose last batch is smaller."""

import torch
from torch import nn

import shapeguard


class Tagger(nn.Module):
    def __init__(self, batch_size):
        super().__init__()
        self.rnn = nn.LSTM(8, 16, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(32, 5)
        self.h0 = torch.zeros(4, batch_size, 16)
        self.c0 = torch.zeros(4, batch_size, 16)

    def forward(self, x):
        out, _ = self.rnn(x, (self.h0, self.c0))
        return self.head(out)


model = Tagger(batch_size=32)
shapeguard.guard(model)
print(shapeguard.status(), end="\n\n")
for batch in torch.randn(50, 20, 8).split(32):
    try:
        model(batch)
    except shapeguard.ShapeError as error:
        print(f"ShapeError: {error}")
