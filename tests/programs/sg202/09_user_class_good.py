import torch
import torch.nn as nn
from torch.nn import GRU as Gru


class GRU(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.inner = Gru(input_size, hidden_size, batch_first=True)

    def forward(self, x):
        out, _ = self.inner(x)
        return out


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = GRU(5, 7)
        self.fc = nn.Linear(7, 1)

    def forward(self, x):
        return self.fc(torch.relu(self.rnn(x)))

# run: Net()(torch.randn(2, 6, 5))
