import torch
import torch.nn as nn


class Deep(nn.Module):
    def __init__(self, hidden=7, depth=2):
        super().__init__()
        self.rnn = nn.RNN(5, hidden, num_layers=depth)
        self.fc = nn.Linear(hidden * depth, 3)

    def forward(self, x):
        state = self.rnn(x)[1]
        n_layers, batch, hidden = state.shape
        flat = state.reshape(-1, n_layers * hidden)  # !SG304|SG305
        return self.fc(flat)

# run: Deep()(torch.randn(6, 4, 5))
