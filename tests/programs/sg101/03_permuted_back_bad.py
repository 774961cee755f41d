import torch
import torch.nn as nn


class Net(nn.Module):
    """Reads (batch, time, feature)."""

    def __init__(self, n_in=5, n_hidden=7, n_out=3):
        super(Net, self).__init__()
        self.rnn = nn.RNN(input_size=n_in, hidden_size=n_hidden, nonlinearity="relu")
        self.out = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        x = x.permute(1, 0, 2)
        y, h = self.rnn(x)
        return self.out(y[:, -1])  # !SG101

# run: Net()(torch.randn(4, 9, 5))
