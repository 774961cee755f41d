import torch
import torch.nn as nn


class Price(nn.Module):
    def __init__(self, n_in, hidden_size, num_layers=1):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.gru = nn.GRU(n_in, self.hidden_size, self.num_layers, batch_first=True)
        self.head = nn.Sequential(nn.Linear(self.num_layers * self.hidden_size, 8), nn.ReLU())

    def forward(self, x):
        _, h = self.gru(x)
        return self.head(h.transpose(0, 1).flatten(1))

# run: Price(5, 6)(torch.randn(3, 7, 5))
