from abc import ABC, abstractmethod

import torch
from torch import nn


class SequenceModel(nn.Module, ABC):
    rnn_cls = nn.GRU
    bidirectional = False

    def __init__(self, n_in, n_hidden, *, n_layers=1, **rnn_kwargs):
        super().__init__()
        self.n_hidden = n_hidden
        self.rnn = self.rnn_cls(n_in, n_hidden, num_layers=n_layers, bidirectional=self.bidirectional, batch_first=True, **rnn_kwargs)

    @property
    def width(self):
        return self.n_hidden * (1 + int(self.bidirectional))

    @abstractmethod
    def pool(self, out, state): ...

    def forward(self, x):
        out, state = self.rnn(x)
        return self.head(self.pool(out, state))


class Causal(SequenceModel):
    def __init__(self, *args, n_out=2, **kwargs):
        super().__init__(*args, **kwargs)
        self.head = nn.Linear(self.width, n_out)

    def pool(self, out, state):
        return out[:, -1]


class Both(SequenceModel):
    rnn_cls = nn.LSTM
    bidirectional = True

    def __init__(self, *args, n_out=2, **kwargs):
        super().__init__(*args, **kwargs)
        self.head = nn.Linear(self.width, n_out)

    def pool(self, out, state):
        h, _ = state
        return h[-2:].transpose(0, 1).flatten(start_dim=1)


models = [Causal(5, 7), Causal(5, 7, n_layers=2, dropout=0.1), Both(5, 7, n_layers=2), Both(5, 6, bias=False)]
for model in models:
    print(model(torch.randn(3, 4, 5)).shape)
