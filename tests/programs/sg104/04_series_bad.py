import torch
import torch.nn as nn


class Forecast(nn.Module):
    def __init__(self, n_features=5, hidden=7):
        super().__init__()
        self.rnn = nn.RNN(n_features, hidden)
        self.head = nn.Linear(hidden, 1)

    def forward(self, window):
        batch, steps, features = window.size()
        window = window.view(steps, batch, features)  # !SG104
        _, last = self.rnn(window)
        return self.head(last[-1])

# run: Forecast()(torch.randn(4, 6, 5))
