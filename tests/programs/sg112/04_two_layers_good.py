import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.LSTM(n_in, hidden, batch_first=True, num_layers=2)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x):
        out, _ = self.rnn(x)
        rows = out.transpose(0, 1).contiguous().view(-1, self.hidden)
        return self.fc(rows)

# run: Net(5, 7)(torch.randn(3, 6, 5))
