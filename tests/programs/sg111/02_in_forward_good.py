import torch
import torch.nn as nn


class Regressor(nn.Module):
    def __init__(self, input_dim, hidden_dim):
        super().__init__()
        self.lstm = nn.LSTM(input_dim, hidden_dim, batch_first=True)
        self.linear = nn.Linear(hidden_dim, 1)

    def forward(self, x):
        x = x.view(x.size(0), -1, 1)
        h, _ = self.lstm(x)
        return self.linear(h[:, -1])

# run: Regressor(1, 5)(torch.randn(4, 6))
