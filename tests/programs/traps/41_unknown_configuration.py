import json

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in, n_hidden, num_layers, batch_first, bidirectional, dropout, **rnn_kwargs):
        super().__init__()
        self.rnn = nn.GRU(
            n_in, n_hidden, num_layers, batch_first=batch_first, bidirectional=bidirectional, dropout=dropout, **rnn_kwargs
        )

    def last_column(self, x):
        out, _ = self.rnn(x)
        return out[:, -1]

    def last_row(self, x):
        return self.rnn(x)[0][-1]

    def first_state(self, x):
        _, h = self.rnn(x)
        return h[0]

    def last_state(self, x):
        _, h = self.rnn(x)
        return h.squeeze(0)


def load(text):
    return Net(**json.loads(text))


def positional(a, b, c, d):
    return nn.LSTM(a, b, c, d)


settings = {"n_in": 5, "n_hidden": 7, "num_layers": 1, "bidirectional": False, "dropout": 0.0}
major = json.dumps({**settings, "batch_first": True})
minor = json.dumps({**settings, "batch_first": False})
x = torch.randn(3, 4, 5)
print(load(major).last_column(x).shape, load(minor).last_row(x).shape)
print(load(major).first_state(x).shape, load(minor).last_state(x).shape)
