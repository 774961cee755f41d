import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.LSTM(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x):
        out, state = self.rnn(x)
        return out.reshape(out.size(0), -1), state

# run: Net(5, 7)(torch.randn(3, 6, 5))
