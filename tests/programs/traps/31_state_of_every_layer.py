import torch
import torch.nn as nn


class Meta(nn.Module):
    """Uses the state of each layer on purpose."""

    def __init__(self, dim=5, hidden=6, num_layers=3):
        super().__init__()
        self.lstm = nn.LSTM(dim, hidden, num_layers)
        self.mix = nn.Linear(hidden * num_layers, hidden)
        self.weights = nn.Parameter(torch.zeros(num_layers))

    def concatenated(self, x):
        _, (h, _) = self.lstm(x)
        return self.mix(h.transpose(0, 1).flatten(1))

    def weighted(self, x):
        _, (h, _) = self.lstm(x)
        w = self.weights.softmax(dim=0).view(-1, 1, 1)
        return (w * h).sum(dim=0)

    def per_layer(self, x):
        _, (h, _) = self.lstm(x)
        return [layer.norm(dim=-1) for layer in h]

    def forward(self, x):
        return self.concatenated(x), self.weighted(x), self.per_layer(x)

# run: Meta()(torch.randn(7, 4, 5))
