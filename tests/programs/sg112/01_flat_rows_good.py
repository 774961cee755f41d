import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.RNN(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x):
        state = x.new_zeros(1, x.size(0), self.hidden)
        out, state = self.rnn(x, state)
        out = out.contiguous().view(-1, self.hidden)
        return self.fc(out), state

# run: Net(5, 7)(torch.randn(3, 6, 5))
