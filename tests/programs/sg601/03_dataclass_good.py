import dataclasses

import torch
from torch import nn


@dataclasses.dataclass(frozen=True)
class Params:
    dim: int = 5
    hidden: int = 7
    layers: int = 1
    dropout: float = 0.0


class Encoder(nn.Module):
    def __init__(self, p: Params):
        super().__init__()
        self.rnn = nn.LSTM(p.dim, p.hidden, num_layers=p.layers, dropout=p.dropout)

    def forward(self, x: torch.Tensor):
        return self.rnn(x)[0]


print(Encoder(Params())(torch.randn(4, 3, 5)).shape)
