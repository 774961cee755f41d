import torch
import torch.nn as nn


class Policy(nn.Module):
    def __init__(self, obs_dim, n_actions):
        super().__init__()
        self.encoder = nn.Linear(obs_dim, 8)
        self.memory = nn.LSTMCell(8, 6)
        self.actor = nn.Linear(6, n_actions)

    def forward(self, obs, state=None):
        features = torch.relu(self.encoder(obs))
        state = self.memory(features, state)
        return self.actor(state[0]), state


# run: Policy(3, 4)(torch.randn(2, 3))
