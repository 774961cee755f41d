import torch
from torch import nn


class Critic(nn.Module):
    def __init__(self, obs_dim: int, hidden: int = 8, depth: int = 2):
        super().__init__()
        self.memory = nn.LSTM(obs_dim, hidden, depth)
        self.value = nn.Linear(hidden, 1)

    def forward(self, obs: torch.Tensor, state=None):
        out, (h, c) = self.memory(obs, state)
        features = h.select(0, -1)
        return self.value(features), (h, c)

# run: Critic(5)(torch.randn(6, 3, 5))
