import torch
import torch.nn as nn


def last_step(seq):
    return seq[:, -1]


class Net(nn.Module):
    def __init__(self, n_in=5, n_hidden=7):
        super().__init__()
        self.rnn = nn.LSTM(n_in, n_hidden, bidirectional=True, batch_first=True)
        self.top = nn.LSTM(2 * n_hidden, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, x):
        seq, _ = self.top(self.rnn(x)[0])
        return self.fc(last_step(seq))

# run: Net()(torch.randn(3, 6, 5))
