import torch
import torch.nn as nn


class QNet(nn.Module):
    def __init__(self, n_obs, n_hidden, n_actions):
        super().__init__()
        self.lstm = nn.LSTM(input_size=n_obs, hidden_size=n_hidden, num_layers=1, batch_first=True)
        self.q = nn.Linear(n_hidden, n_actions)

    def encode(self, obs, state=None):
        return self.lstm(obs, state)

    def forward(self, obs, state=None):
        _, state = self.encode(obs, state)
        q = self.q(state[0][0])
        return q, state

# run: QNet(5, 7, 2)(torch.randn(3, 4, 5))
