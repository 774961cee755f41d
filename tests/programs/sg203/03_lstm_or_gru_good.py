import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.rnn = nn.GRU(n_in, n_hidden, num_layers=2, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        _, hidden = self.rnn(x)
        last = hidden[-1]
        return self.fc(last)

# run: Net(5, 7, 2)(torch.randn(3, 4, 5))
