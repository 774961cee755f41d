import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, kind="GRU", n_in=5, n_hidden=7):
        super().__init__()
        options = dict(num_layers=2, batch_first=True)
        self.rnn = getattr(nn, kind)(n_in, n_hidden, **options)
        self.drop = nn.Dropout(0.1)
        self.fc = nn.Linear(n_hidden, 3)

    def forward(self, x):
        y = self.rnn(x)[0]
        y = self.drop(y)
        y = y[:, -1, :]
        return self.fc(y)

# run: Net()(torch.randn(6, 4, 5))
