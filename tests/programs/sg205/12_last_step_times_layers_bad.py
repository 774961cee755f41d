import torch
import torch.nn as nn


class Price(nn.Module):
    def __init__(self, n_in, hidden_size, num_layers=1):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.gru = nn.GRU(n_in, self.hidden_size, self.num_layers, batch_first=True)
        self.head = nn.Sequential(nn.Linear(self.num_layers * self.hidden_size, 8), nn.ReLU())  # !SG205

    def forward(self, x):
        out, _ = self.gru(x)
        return self.head(out[:, -1, :])

# run: Price(5, 6)(torch.randn(3, 7, 5))
