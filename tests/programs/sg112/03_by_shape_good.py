import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out).view(-1, 3)

# run: Net(5, 7)(torch.randn(3, 6, 5))
